; SPDX-License-Identifier: MIT
;
; From the boot loader to kernel_main().  Two ways in, both in 32-bit protected
; mode without paging, interrupts off:
;
;   PVH          qemu -kernel: EBX = hvm_start_info
;   Multiboot2   GRUB:         EAX = 0x36d76289, EBX = tag list
;
; The early page tables map the first 4 GiB three times, in 2 MiB pages: at 0,
; since this code runs there; at DIRECT_MAP, so that phys_to_virt() works from
; the first line of C on; and the first GiB at KERNEL_BASE.  paging_init()
; replaces them, application processors pass through them once more, and then
; all of .boot is given back.

KERNEL_PML4_SLOT	equ 511
KERNEL_PDPT_SLOT	equ 510
DIRECT_PML4_SLOT	equ 273
PAGE_TABLE		equ 0x03	; present, writable
PAGE_2M			equ 0x83	; present, writable, maps 2 MiB

MSR_EFER		equ 0xc0000080
MSR_GS_BASE		equ 0xc0000101
EFER_LME		equ 1 << 8
CR0_PE			equ 1 << 0
CR0_WP			equ 1 << 16
CR0_PG			equ 1 << 31
CR4_PAE			equ 1 << 5

COM1			equ 0x3f8
COM2			equ 0x2f8
DEBUG_EXIT		equ 0xf4
SCREEN			equ 0xb8000 + 12 * 160 ; the thirteenth row
SCREEN_WHITE		equ 0x0f
POWEROFF_FAIL		equ 0x11

; struct hvm_start_info: how many modules, where their list is; the size of an entry, which begins
; with the address
PVH_NR_MODULES		equ 12
PVH_MODLIST		equ 16
PVH_MODULE_SIZE		equ 32

extern kernel_main
extern cpu_locals
extern __image_phys_end
global multiboot2_entry
global boot_pml4
global boot_stack_guard

section .multiboot2 progbits alloc noexec nowrite align=8
header:
	dd 0xe85250d6			; magic
	dd 0				; architecture: i386 protected mode
	dd header_end - header
	dd 0x100000000 - (0xe85250d6 + (header_end - header))
	align 8, db 0
	dw 6, 0				; tag: modules on page boundaries
	dd 8
	dw 0, 0				; last tag
	dd 8
header_end:

section .note.pvh note alloc noexec nowrite align=4
	dd 4, 8, 18			; name size, value size, XEN_ELFNOTE_PHYS32_ENTRY
	db "Xen", 0
	dq pvh_entry

section .boot.text progbits alloc exec nowrite align=16
bits 32
pvh_entry:
	xor eax, eax
multiboot2_entry:
	cli
	cld
	mov esp, early_stack_top
	mov ebp, eax			; EBP = magic, ESI = information, kept up to kernel_main()
	mov esi, ebx
	call check_long_mode
	call check_modules
	call build_tables

	mov eax, cr4
	or eax, CR4_PAE
	mov cr4, eax
	mov eax, boot_pml4
	mov cr3, eax
	mov ecx, MSR_EFER
	rdmsr
	or eax, EFER_LME
	wrmsr
	mov eax, cr0
	or eax, CR0_PG | CR0_WP | CR0_PE
	mov cr0, eax
	lgdt [gdt_pointer]
	jmp 0x08:long_mode

; Ends the machine with a sentence on a CPU that has no 64-bit mode.
check_long_mode:
	mov eax, 0x80000000
	cpuid
	cmp eax, 0x80000001
	jb .refuse
	mov eax, 0x80000001
	cpuid
	test edx, 1 << 29
	jz .refuse
	ret
.refuse:
	mov ebx, no_long_mode
	jmp refuse

; Ends the machine with a sentence where a module lies on the kernel.  QEMU's PVH loader puts
; modules at the end of memory and looks for no kernel there; GRUB finds a free place or gives up.
check_modules:
	test ebp, ebp
	jnz .done
	mov ecx, [esi + PVH_NR_MODULES]
	mov ebx, [esi + PVH_MODLIST]
.module:
	test ecx, ecx
	jz .done
	cmp dword [ebx], __image_phys_end
	jb .refuse
	add ebx, PVH_MODULE_SIZE
	dec ecx
	jmp .module
.done:
	ret
.refuse:
	mov ebx, no_memory

; Writes the sentence at EBX to COM1, COM2 and a screen in text mode, and ends the machine.
refuse:
	mov edi, SCREEN
	mov ah, SCREEN_WHITE
.next:
	mov al, [ebx]
	test al, al
	jz .end
	mov dx, COM1
	out dx, al
	mov dx, COM2
	out dx, al
	cmp al, 10
	je .more
	mov [edi], ax
	add edi, 2
.more:
	inc ebx
	jmp .next
.end:
	mov eax, POWEROFF_FAIL
	out DEBUG_EXIT, eax
.halt:
	hlt
	jmp .halt

; Fills the early page tables, which the loader has zeroed with the rest of .boot.bss.
build_tables:
	mov eax, boot_pdpt_low + PAGE_TABLE
	mov [boot_pml4], eax
	mov [boot_pml4 + DIRECT_PML4_SLOT * 8], eax
	mov dword [boot_pml4 + KERNEL_PML4_SLOT * 8], boot_pdpt_high + PAGE_TABLE
	mov dword [boot_pdpt_high + KERNEL_PDPT_SLOT * 8], boot_pds + PAGE_TABLE

	mov eax, boot_pds + PAGE_TABLE
	xor ecx, ecx
.pdpt:
	mov [boot_pdpt_low + ecx * 8], eax
	add eax, 4096
	inc ecx
	cmp ecx, 4
	jb .pdpt

	mov eax, PAGE_2M
	xor ecx, ecx
.pd:
	mov [boot_pds + ecx * 8], eax
	add eax, 1 << 21
	inc ecx
	cmp ecx, 4 * 512
	jb .pd
	ret

no_long_mode:
	db "This CPU has no 64-bit mode, which Merganser needs; in QEMU use qemu-system-x86_64."
	db 10, 0
no_memory:
	db "This machine has too little memory for the kernel and its programs."
	db 10, 0

align 8
gdt:
	dq 0
	dq 0x00209a0000000000		; 0x08: 64-bit code
gdt_pointer:
	dw $ - gdt - 1
	dd gdt

bits 64
long_mode:
	mov rax, high_entry
	jmp rax

section .boot.bss nobits alloc noexec write align=4096
boot_pml4:	resb 4096
boot_pdpt_low:	resb 4096
boot_pdpt_high:	resb 4096
boot_pds:	resb 4 * 4096
		resb 256
early_stack_top:

section .text
; The boot CPU at its final address.  GS comes before any C: the stack protector reads it.
high_entry:
	xor eax, eax
	mov ds, eax
	mov es, eax
	mov fs, eax
	mov gs, eax
	mov ss, eax
	mov ecx, MSR_GS_BASE
	mov rax, cpu_locals
	mov [rax], rax			; cpu_local.self
	mov rdx, rax
	shr rdx, 32
	wrmsr
	mov rsp, boot_stack_top
	mov edi, ebp
	mov esi, esi			; zero-extends
	xor ebp, ebp			; ends backtraces
	call kernel_main
	ud2

section .bss
alignb 4096
boot_stack_guard:
	resb 4096			; paging_init() does not map it
	resb 16384 << CONFIG_KASAN	; becomes the stack of CPU 0's idle thread
boot_stack_top:
