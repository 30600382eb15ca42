; SPDX-License-Identifier: MIT
; setjmp, longjmp: the layout is that of jmp_buf in <setjmp.h>.
bits 64

section .text
global setjmp
setjmp:
	mov	[rdi], rbx
	mov	[rdi + 8], rbp
	mov	[rdi + 16], r12
	mov	[rdi + 24], r13
	mov	[rdi + 32], r14
	mov	[rdi + 40], r15
	lea	rax, [rsp + 8]	; the caller's rsp once we have returned
	mov	[rdi + 48], rax
	mov	rax, [rsp]
	mov	[rdi + 56], rax
	xor	eax, eax
	ret

global longjmp
longjmp:
	mov	eax, esi
	cmp	eax, 1
	adc	eax, 0		; a value of 0 arrives as 1
	mov	rbx, [rdi]
	mov	rbp, [rdi + 8]
	mov	r12, [rdi + 16]
	mov	r13, [rdi + 24]
	mov	r14, [rdi + 32]
	mov	r15, [rdi + 40]
	mov	rsp, [rdi + 48]
	jmp	[rdi + 56]

section .note.GNU-stack noalloc noexec nowrite progbits
