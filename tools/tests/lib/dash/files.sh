# SPDX-License-Identifier: MIT
# Redirections, here documents, pipes.
mkdir -p out; cd out
echo one >f; echo two >>f; cat f; cat <f; wc -l <f
{ echo to out; echo to err >&2; } >both 2>&1; cat both
echo lost 2>&1 >/dev/null; ls nothere 2>/dev/null || echo failed
exec 3>third; echo three >&3; exec 3>&-; cat third; echo closed >&3
exec 4<f; read -r a <&4; read -r b <&4; echo "$a $b"; exec 4<&-
exec 5<>f; read -r a <&5; echo "in place" >&5; exec 5>&-; cat f
name=value
cat <<END
here $name $((6 * 7)) $(echo command)
END
cat <<'END'
not $name
END
cat <<-END
	tabs go
	END
set -C; echo no >f; echo $?; echo yes >|f; cat f; set +C
cat nothere <f; cat <nothere; echo $?
n=0; while [ $n -lt 500 ]; do n=$((n + 1)); echo line $n; done >many
wc -l <many; head -n 2 many | cat | cat | cat; tail -n 1 many
grep 99 many | while read -r word number; do echo $number; done
echo through | { read x; echo $x; cat; }
text=$(cat many); echo ${#text}
yes_forever() { while :; do echo y; done; }; yes_forever 2>/dev/null | head -n 2
mv many moved; ls; rm moved; [ -e moved ] || echo removed; pwd | grep -c out
cd ..; cd - >/dev/null; cd ..; cd nothere; echo $?
