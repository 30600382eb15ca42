; SPDX-License-Identifier: MIT
;
; One access in user mode, and the way there and back: user_try.c.

USER_DS		equ 0x1b
USER_CS		equ 0x23
FLAGS		equ 0x2			; interrupts off

global x86_try_enter
global x86_try_leave
global x86_try_read
global x86_try_write

section .text

; int x86_try_enter(u64 addr, u64 rip, u64 *rsp): returns when x86_try_leave() is called
align 16
x86_try_enter:
	push rbp
	push rbx
	push r12
	push r13
	push r14
	push r15
	mov [rdx], rsp
	push USER_DS
	push 0				; no stack there
	push FLAGS
	push USER_CS
	push rsi
	swapgs
	iretq

; void x86_try_leave(u64 rsp, int result)
align 16
x86_try_leave:
	mov rsp, rdi
	mov eax, esi
	pop r15
	pop r14
	pop r13
	pop r12
	pop rbx
	pop rbp
	ret

; A page of its own, which user mode sees.
align 4096
x86_try_read:
	mov al, [rdi]
	ud2
x86_try_write:
	lock or byte [rdi], 0
	ud2
align 4096
