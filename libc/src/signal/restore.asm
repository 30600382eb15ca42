; SPDX-License-Identifier: MIT
; Where a handler returns to (sa_restorer): sigreturn takes back what was interrupted.  On the way
; it is noted that a handler ran, and whether it lets an interrupted call be made again.
bits 64

SYS_sigreturn equ 69

extern __sig_ran

section .text
global __sig_restore
global __sig_restore_restart
__sig_restore:
	mov	byte [rel __sig_ran + 1], 1
__sig_restore_restart:
	mov	byte [rel __sig_ran], 1
	mov	eax, SYS_sigreturn
	syscall

section .note.GNU-stack noalloc noexec nowrite progbits
