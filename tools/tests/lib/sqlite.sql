.echo off
.bail off
.open test.db
.mode list
pragma page_size=4096;
pragma journal_mode;
create table words(id integer primary key, word text not null, n integer, x real);
with recursive c(i) as (select 1 union all select i+1 from c where i < 4000)
 insert into words select i, printf('%05d-%s', (i * 7919) % 10007, hex(i * i)), i % 97, i / 7.0 from c;
create index by_word on words(word);
select count(*), min(word), max(word), sum(n), round(sum(x), 6) from words;
-- the rollback journal
begin;
update words set n = n + 1;
delete from words where id % 3 = 0;
savepoint a;
drop index by_word;
rollback to a;
select count(*), sum(n) from words;
rollback;
select count(*), sum(n) from words;
pragma journal_mode=persist;
update words set x = x * 2 where id < 100;
pragma journal_mode=truncate;
update words set x = x / 2 where id < 100;
pragma integrity_check;
-- the write-ahead log, whose index is shared memory
pragma journal_mode=wal;
insert into words(word, n) select word || '!', -n from words where id <= 500;
select count(*) from words;
pragma wal_checkpoint(full);
-- files mapped
pragma mmap_size=16777216;
select count(*), sum(length(word)) from words where word like '%A%';
update words set word = upper(word) || x'41' where id % 5 = 0;
vacuum;
pragma integrity_check;
pragma journal_mode=delete;
-- threads: the sorter's
pragma threads=3;
pragma cache_size=20;
create table big as with recursive c(i) as (select 1 union all select i+1 from c where i < 20000)
 select i, (i * 48271) % 65521 as r, 'text number ' || ((i * 69621) % 99991) as t from c;
create index big_t on big(t, r);
create unique index big_i on big(r, i);
select count(*), min(t), max(t) from big;
select i, r, t from big order by t desc, i limit 5;
select r, count(*) from big group by r % 10 order by 2, 1 limit 10;
pragma integrity_check;
-- another one of it, which waits for the lock, and is refused
attach 'other.db' as other;
create table other.copy as select * from words where n < 10;
select n, count(*), group_concat(id, '+') from other.copy where id < 60 group by n;
select a.id, b.word from words a join other.copy b using (id) where a.n = 3 order by 1 limit 4;
-- functions
select sqrt(2), pow(2, 0.5), sin(1), ln(10), pi(), round(2.5), 1e300 * 1e10, 9223372036854775807 + 1;
select date('2024-02-29', '+1 year'), strftime('%s', '2001-09-09 01:46:40'), julianday('2000-01-01 12:00');
select typeof(date('now')), date('now') > '2020-01-01';
select json_extract('{"a": [1, 2.5, "three", null]}', '$.a[2]'), json_array(1, 'x', null, 2.5);
select printf('%.15g %10.3f|%-8s|%x', 0.1, 3.14159, 'ab', 255), quote(x'00ff'), instr('hello', 'l');
create virtual table docs using fts4(body);
insert into docs values ('the quick brown fox'), ('a lazy dog sleeps'), ('quick dogs run');
select rowid, snippet(docs) from docs where docs match 'quick';
create virtual table boxes using rtree(id, x0, x1, y0, y1);
insert into boxes select id, id % 10, id % 10 + 1, id / 10, id / 10 + 2 from words where id < 100;
select id from boxes where x0 >= 3 and x1 <= 5 and y0 > 4 and y1 < 8 order by id;
create trigger t after delete on words begin insert into docs values ('deleted ' || old.word); end;
delete from words where id in (10, 20, 30);
select * from docs where docs match 'deleted' order by 1;
explain query plan select * from words where word = 'x' and n > 3;
-- errors, and what the shell can
select nosuch from words;
insert into words(id, word) values (1, 'twice');
insert into words(word) values (null);
syntax error;
.mode column
.headers on
select id, word, n from words limit 3;
.mode csv
select id, word, round(x, 3) as x from words limit 3;
.mode insert t
select id, word from words limit 2;
.mode json
select id, word, x from words limit 2;
.mode box
select n, count(*) as how_many from words group by n limit 4;
.mode list
.schema
.tables
.output dump.sql
.dump words
.output stdout
.open copy.db
.read dump.sql
select count(*), sum(n), round(sum(x), 3) from words;
.backup backup.db
.open backup.db
select count(*) from words;
.import --csv lines.csv lines
select * from lines;
.once out.txt
select 'written';
.shell cat out.txt
.import '|cat out.txt' piped
.schema piped
.quit
