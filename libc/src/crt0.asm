; SPDX-License-Identifier: MIT
; The first instructions of every program.  At entry rsp points to argc, argv[], NULL, envp[],
; NULL, auxv[]; __libc_start() takes it from there and never returns.
bits 64
extern __libc_start

section .text.start progbits alloc exec nowrite align=16
global _start
_start:
	xor	ebp, ebp	; the outermost frame: backtraces end here
	mov	rdi, rsp
	and	rsp, -16
	call	__libc_start
	ud2

section .note.GNU-stack noalloc noexec nowrite progbits
