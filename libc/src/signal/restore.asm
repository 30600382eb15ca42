; SPDX-License-Identifier: MIT
; Where a handler returns to (sa_restorer): sigreturn takes back what was interrupted.  On the way
; it is noted that a handler ran, and whether it lets an interrupted call be made again.
bits 64

SYS_sigreturn equ 69

SIG_RAN equ 8 ; in struct __pthread

section .text
global __sig_restore
global __sig_restore_restart
__sig_restore:
	mov	byte [fs:SIG_RAN + 1], 1
__sig_restore_restart:
	mov	byte [fs:SIG_RAN], 1
	mov	eax, SYS_sigreturn
	syscall

section .note.GNU-stack noalloc noexec nowrite progbits
