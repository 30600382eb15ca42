# SPDX-License-Identifier: MIT
# Processes: background, wait, traps, signals, exec.
(exit 3) & wait $!; echo $?
true & one=$!; (exit 9) & two=$!; wait $one; echo $?; wait $two; echo $?; wait; echo $?
sleep 100 & kill $!; wait $!; echo $?
sleep 100 & kill -KILL $!; wait $!; kill -l $?
kill -l 15; kill -0 $$ && echo alive
(trap 'echo end' EXIT; echo body)
(trap 'echo usr1' USR1; trap 'echo usr2' USR2; trap)
kill -USR1 $$; kill -USR2 $$; echo after
(trap 'echo cleaned; exit 6' EXIT; exit 2); echo $?
mkdir -p fifo; echo data >fifo/f & wait; cat fifo/f
n=0; while [ $n -lt 20 ]; do n=$((n + 1)); (exit $n) & last=$!; done; wait $last; echo $?; wait
x=1; (x=2; echo $x); echo $x; { x=3; }; echo $x
a=$(trap 'echo in substitution' EXIT; echo text); echo "$a"
VAR=only cat /dev/null; echo ${VAR-none}
times >/dev/null; echo $?
ulimit -c >/dev/null; echo $?
(sleep 0; exec cat <<END
replaced
END
echo never)
exit 8
