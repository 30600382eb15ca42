# SPDX-License-Identifier: MIT
# Control flow, functions, errors of the shell itself.
i=0; while [ $i -lt 10 ]; do i=$((i + 1)); [ $i = 3 ] && continue; [ $i = 6 ] && break; echo $i; done
until [ $i -ge 9 ]; do i=$((i + 1)); echo up $i; done
for a in 1 2 3; do for b in x y z; do [ $b = y ] && continue 2; echo $a$b; done; done
factorial() { if [ $1 -le 1 ]; then echo 1; else echo $(($1 * $(factorial $(($1 - 1))))); fi; }
factorial 12
scope() { local inner=changed; outer=changed; echo $inner; return 4; }
inner=kept outer=kept; scope; echo $? $inner $outer
false || echo or; true && echo and; ! false && echo not
{ echo group; echo of; } | while read w; do echo "got $w"; done
test -d dir -o -f flow.sh && echo there; test -e nothere || echo missing
[ abc \< abd ] && echo less; [ -z "" -a -n x ] && echo both; [ 10 -gt 9 ] && echo greater
test -s flow.sh && echo size; test -x nothere; echo $?
type echo; type nothere_at_all; type scope
command -v cd; command true; echo $?
eval 'echo evaluated $((2 + 2))'
nothere_at_all; echo $?
(set -e; echo before; false; echo never); echo $?
(set -u; echo $undefined_variable; echo never); echo $?
(set -f; echo *); (set -x; : traced word)
(readonly fixed=1; fixed=2; echo never); echo $?
(exit 300); echo $?
umask 027; umask; umask 022
getopts_all() { while getopts ab:c flag "$@"; do echo "$flag ${OPTARG-}"; done; echo $OPTIND; }
getopts_all -a -b value -cx rest
unset inner; echo ${inner-gone}; export shown=1; alias word='echo alias'; alias word
set -- 1 2 3 4 5 6 7 8 9 10 11; echo ${11} $10; set -- ; echo $#
eval 'if'
