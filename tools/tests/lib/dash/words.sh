# SPDX-License-Identifier: MIT
# Expansion: parameters, arithmetic, commands, fields, patterns.
echo "$GREETING" ${#GREETING} "${UNSET-unset}" "${EMPTY:=assigned}" "$EMPTY" ${GREETING:+there}
path=/usr/lib/a.tar.gz
echo ${path##*/} ${path%.*} ${path%%.*} ${path#/*/}
set -- one 'two  words' three
echo $# "$@"; for word in "$@"; do echo "<$word>"; done
for word in $*; do echo "<$word>"; done
IFS=:; list=a:b::c; for part in $list; do echo "[$part]"; done; unset IFS
echo $((1 + 2 * 3)) $((7 / 2)) $((-7 % 3)) $((1 << 40)) $((0x1f | 010)) $((3 > 2 && 1 == 1))
x=5; echo $((x += 2)) $x $((x ? 10 : 20)) $((~x))
echo "$(echo nested "$(echo "quoted  text")")" `echo old style`
shift; echo $# $1
mkdir -p dir && cd dir && for name in b.c a.c .hidden ab.h; do echo $name >$name; done
echo *.c; echo [ab]*; echo ?.c; echo .h*; echo nothing*; echo "*.c"
cd ..
case word in w[a-n]*) echo no ;; w[o-z]?d) echo pattern ;; *) echo other ;; esac
printf '%s|%5d|%-5s|%x|%o|%c\n' text 42 left 255 8 char
printf '%b' 'tab\tend\n'; printf '%s ' a b c; echo
echo ~ >/dev/null; HOME=/home; echo ~
read first rest; echo "$first,$rest"; read -r line; echo "$line"; read none || echo "end of input"
echo ${UNSET?is not set}
