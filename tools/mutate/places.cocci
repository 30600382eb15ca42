// SPDX-License-Identifier: MIT
// Where mm/ may be mutated: for each place one line on standard output,
//
//	RULE FILE FUNCTION LINE COLUMN [LINE COLUMN]
//
// lines from 1, columns from 0.  What is made of a place tools/mglib/mutants.py decides: it takes
// the text from there on.  Coccinelle reads C without the preprocessor, so that these are places
// of the text, and macros that look like calls are calls.

@call@
identifier f;
expression list es;
position p;
@@
f@p(es);

@script:python@
p << call.p;
@@
print("call", p[0].file, p[0].current_element, p[0].line, p[0].column)

@step@
expression e;
position p;
@@
(
  e++@p;
|
  e--@p;
)

@script:python@
p << step.p;
@@
print("step", p[0].file, p[0].current_element, p[0].line, p[0].column)

@sum@
expression e, n;
position p;
@@
(
  e@p += n;
|
  e@p -= n;
)

@script:python@
p << sum.p;
@@
print("step", p[0].file, p[0].current_element, p[0].line, p[0].column)

@pair@
expression a, b;
position p, q;
@@
a@p;
b@q;

@script:python@
p << pair.p;
q << pair.q;
@@
print("pair", p[0].file, p[0].current_element, p[0].line, p[0].column, q[0].line, q[0].column)

@branch@
expression e;
statement s;
position p;
@@
if@p (e) s

@script:python@
p << branch.p;
@@
print("branch", p[0].file, p[0].current_element, p[0].line, p[0].column)

@order@
expression a, b;
position p;
@@
(
  a <@p b
|
  a <=@p b
|
  a >@p b
|
  a >=@p b
)

@script:python@
p << order.p;
@@
print("order", p[0].file, p[0].current_element, p[0].line, p[0].column)

@one@
expression e;
position p;
@@
(
  e +@p 1
|
  e -@p 1
)

@script:python@
p << one.p;
@@
print("one", p[0].file, p[0].current_element, p[0].line, p[0].column)
