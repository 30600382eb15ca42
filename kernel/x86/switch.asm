; SPDX-License-Identifier: MIT
;
; Changing stacks.  What x86_switch() pushes is struct switch_frame (switch.h).

global x86_switch
global x86_thread_start

section .text

; void x86_switch(u64 *prev_rsp, u64 next_rsp)
align 16
x86_switch:
	push rbp
	push rbx
	push r12
	push r13
	push r14
	push r15
	mov [rdi], rsp
	mov rsp, rsi
	pop r15
	pop r14
	pop r13
	pop r12
	pop rbx
	pop rbp
	ret

; Where x86_switch() returns to in a new thread: RBX = fn, R12 = arg, RBP = 0.  Interrupts stay off.
align 16
x86_thread_start:
	mov rdi, r12
	call rbx
	ud2
