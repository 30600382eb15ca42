# SPDX-License-Identifier: MIT
# Merganser: the build, and thin wrappers around tools/mg. `make help` lists the targets.
#
# Every path here is relative, so that the tree may stand in a folder with a space in its name,
# and everything made lands in $(BUILD), so that two variants or two clones never meet.

# What shapes the build. The variables of a run (SMP MEM ACCEL TIMEOUT CMDLINE INPUT WORK GUI) belong to
# tools/mg, which finds them in its environment: make hands on what its command line sets.
KASAN   ?= 0
UBSAN   ?= 1
LOCKDEP ?= 1
V       ?= 0

# --- variant: which build folder -----------------------------------------------------------------
enabled := $(if $(filter 1,$(KASAN)),kasan) $(if $(filter 1,$(UBSAN)),ubsan) \
	   $(if $(filter 1,$(LOCKDEP)),lockdep)
enabled := $(strip $(enabled))
empty   :=
space   := $(empty) $(empty)
VARIANT := $(if $(enabled),$(subst $(space),-,$(enabled)),release)
VARIANT := $(if $(filter ubsan-lockdep,$(VARIANT)),debug,$(VARIANT))
BUILD   ?= build/$(VARIANT)

# --- tools ---------------------------------------------------------------------------------------
CROSS   := $(if $(shell command -v x86_64-elf-gcc 2>/dev/null),x86_64-elf-,x86_64-linux-gnu-)
CC      := $(CROSS)gcc
AR      := $(CROSS)ar
NM      := $(CROSS)nm
OBJCOPY := $(CROSS)objcopy
NASM    := nasm
PYTHON  := python3
HOSTCC  ?= gcc

# What only hands on to tools/mg or tools/setup needs no compiler; all else does.
hand_on := setup clean demo test test-all check run debug gdb bench fuzz compare iso story loc locks \
	   models lint doctor help
missing := $(if $(filter-out $(hand_on),$(or $(MAKECMDGOALS),all)),$(strip \
	   $(foreach tool,$(CC) $(NASM) $(PYTHON),$(if $(shell command -v $(tool) 2>/dev/null),,$(tool)))))
ifneq ($(missing),)
$(error missing: $(missing). `tools/setup boot` installs what building and booting need)
endif

Q   := $(if $(filter 1,$(V)),,@)
say  = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# --- sources -------------------------------------------------------------------------------------
kernel_dirs := $(sort $(wildcard kernel/ kernel/*/ kernel/*/*/ mm/ mm/*/ mm/*/*/))
kernel_c    := $(sort $(foreach d,$(kernel_dirs),$(wildcard $(d)*.c)))
kernel_asm  := $(sort $(foreach d,$(kernel_dirs) boot/,$(wildcard $(d)*.asm)))
libc_dirs   := $(sort $(wildcard libc/src/ libc/src/*/ libc/src/*/*/))
libc_src    := $(sort $(foreach d,$(libc_dirs),$(wildcard $(d)*.c) $(wildcard $(d)*.asm)))

# Programs that are one folder (and init), servers, and programs that are one file each.
one_folder  := sh demo compare
servers     := $(sort $(notdir $(patsubst %/,%,$(wildcard user/servers/*/))))
one_file    := $(sort $(wildcard user/bin/*.c user/tests/*.c user/bench/*.c))
programs    := $(patsubst user/%.c,%,$(one_file)) $(addprefix bin/,$(one_folder)) \
	       $(addprefix servers/,$(servers))

obj = $(patsubst %,$(BUILD)/obj/%.o,$(1))
kernel_obj  := $(call obj,$(kernel_asm) $(kernel_c))
crt_obj     := $(call obj,$(filter libc/src/crt%,$(libc_src)))
libc_obj    := $(call obj,$(filter-out libc/src/crt%,$(libc_src)))
userlib_obj := $(call obj,$(sort $(wildcard user/lib/*.c)))
program_elf := $(addprefix $(BUILD)/user/,$(programs))

# --- flags ---------------------------------------------------------------------------------------
gcc_include := $(shell $(CC) -print-file-name=include 2>/dev/null)
CONFIG      := -DCONFIG_KASAN=$(KASAN) -DCONFIG_UBSAN=$(UBSAN) -DCONFIG_LOCKDEP=$(LOCKDEP)
# -MD, not -MMD: the headers of libc count as system headers, and so do those that they include.
COMMON      := -std=gnu17 -O2 -g -Wall -Wextra -Werror -ffreestanding -nostdinc \
	       -isystem $(gcc_include) -fno-pic -fno-pie -fno-strict-aliasing \
	       -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fcf-protection=none \
	       -fno-stack-clash-protection -U_FORTIFY_SOURCE -MD -MP
# -g3: with the macros, from which the GDB package reads the bits of an entry.
KCFLAGS     := $(COMMON) -g3 -mcmodel=kernel -mno-red-zone -mgeneral-regs-only \
	       -fstack-protector-strong -I. -Ikernel $(CONFIG)
UBSAN_FLAGS := $(if $(filter 1,$(UBSAN)),-fsanitize=undefined -fno-sanitize=alignment)
# Checks by call, not in line: the runtime decides what has a shadow (kernel/x86/shadow.h).
KASAN_FLAGS := $(if $(filter 1,$(KASAN)),-fsanitize=kernel-address \
	       -fasan-shadow-offset=0xdffffc0000000000 --param asan-stack=1 --param asan-globals=1 \
	       --param asan-instrumentation-with-call-threshold=0)
USER_FLAGS  := $(COMMON) -fno-stack-protector
UCFLAGS     := $(USER_FLAGS) -isystem libc/include -Ikernel
LDFLAGS     := -nostdlib -static -no-pie -Wl,--build-id=none,-z,noexecstack,-z,max-page-size=4096
KLDFLAGS    := $(LDFLAGS) -T linker.ld
ASFLAGS     := -f elf64 -g -F dwarf -Werror -I./ -DCONFIG_KASAN=$(KASAN)

# The sanitizers' own runtimes; and what looks into freed objects by right.
unsanitized := kernel/core/ubsan.c kernel/core/kasan.c
no_kasan    := $(unsanitized) kernel/x86/vga.c kernel/x86/shadow.c mm/frame/slab.c
# Folder prefix in debug information: `.` keeps a build the same wherever the clone stands.
map_prefix   = -ffile-prefix-map="$(CURDIR)"=.

# --- the products --------------------------------------------------------------------------------
.PHONY: all kernel user iso FORCE
all: kernel user
kernel: $(BUILD)/kernel.elf
user: $(BUILD)/initrd.tar $(BUILD)/user/init
.DELETE_ON_ERROR:
.SECONDARY:

# Rebuild when a flag changes: this file is touched only if its text would differ.
flags_text := $(CC) $(KCFLAGS) $(UBSAN_FLAGS) $(KASAN_FLAGS) / $(UCFLAGS) / $(ASFLAGS) / $(KLDFLAGS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(flags_text)' | cmp -s - $@ || printf '%s\n' '$(flags_text)' > $@

# The sets of sources: a file that goes away must lead to a new link too.
sources_text := $(kernel_obj) / $(libc_obj) $(crt_obj) / $(userlib_obj) / $(programs)
$(BUILD)/sources: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(sources_text)' | cmp -s - $@ || printf '%s\n' '$(sources_text)' > $@

sanitize = $(if $(filter $(unsanitized),$(1)),,$(UBSAN_FLAGS)) \
	   $(if $(filter $(no_kasan),$(1)),,$(KASAN_FLAGS))
$(BUILD)/obj/kernel/%.c.o: kernel/%.c $(BUILD)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KCFLAGS) $(map_prefix) $(call sanitize,$<) -c $< -o $@

$(BUILD)/obj/mm/%.c.o: mm/%.c $(BUILD)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KCFLAGS) $(map_prefix) $(call sanitize,$<) -c $< -o $@

$(BUILD)/obj/%.asm.o: %.asm $(BUILD)/flags
	$(call say,NASM,$<)
	@mkdir -p $(@D)
	$(Q)$(NASM) $(ASFLAGS) -MD $(@:.o=.d) -MP $< -o $@

# The kernel is linked twice: the names for backtraces come from the first link. They stand behind
# the text, so the second link moves no function; mkkallsyms.py --check makes sure of that.
kernel_link = $(CC) $(KLDFLAGS) $(kernel_obj) $(1) -lgcc -o
$(BUILD)/kallsyms0.asm: tools/mkkallsyms.py
	@mkdir -p $(@D)
	$(Q)$(PYTHON) tools/mkkallsyms.py --empty > $@
$(BUILD)/kernel.pass1: $(kernel_obj) $(BUILD)/kallsyms0.o linker.ld $(BUILD)/sources
	$(Q)$(call kernel_link,$(BUILD)/kallsyms0.o) $@
$(BUILD)/kallsyms.asm: $(BUILD)/kernel.pass1 tools/mkkallsyms.py
	$(Q)$(NM) -n $< | $(PYTHON) tools/mkkallsyms.py > $@
$(BUILD)/kallsyms0.o $(BUILD)/kallsyms.o: %.o: %.asm
	$(Q)$(NASM) $(ASFLAGS) $< -o $@
$(BUILD)/kernel.elf: $(BUILD)/kallsyms.o
	$(call say,LD,$@)
	$(Q)$(call kernel_link,$<) $@
	$(Q)$(NM) -n $@ | $(PYTHON) tools/mkkallsyms.py --check $(BUILD)/kallsyms.asm

# --- user programs -------------------------------------------------------------------------------
$(BUILD)/obj/libc/%.c.o: libc/%.c $(BUILD)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UCFLAGS) -Ilibc/src $(map_prefix) -c $< -o $@

$(BUILD)/obj/user/%.c.o: user/%.c $(BUILD)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UCFLAGS) -I. $(map_prefix) -c $< -o $@

$(BUILD)/libc.a: $(libc_obj) $(BUILD)/sources
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcsD $@ $(libc_obj)

user_link = $(CC) $(LDFLAGS) -T libc/user.ld $(crt_obj) $(1) $(BUILD)/libc.a -lgcc -o
user_base = $(crt_obj) $(BUILD)/libc.a libc/user.ld
# What init and the servers share.
$(BUILD)/userlib.a: $(userlib_obj) $(BUILD)/sources
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcsD $@ $(userlib_obj)
folder_obj = $(call obj,$(sort $(wildcard user/$(1)/*.c user/$(1)/*.asm)))

# folder_program(program, its folder below user/, libraries)
define folder_program
$(BUILD)/user/$(1): $(call folder_obj,$(2)) $(3) $(user_base)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(call user_link,$(call folder_obj,$(2)) $(3)) $$@
endef
$(eval $(call folder_program,init,init,$(BUILD)/userlib.a))
$(foreach name,$(one_folder),$(eval $(call folder_program,bin/$(name),$(name))))
$(foreach name,$(servers),$(eval $(call \
	folder_program,servers/$(name),servers/$(name),$(BUILD)/userlib.a)))

$(addprefix $(BUILD)/user/,$(one_file:user/%.c=%)): \
		$(BUILD)/user/%: $(BUILD)/obj/user/%.c.o $(user_base)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(call user_link,$<) $@

$(BUILD)/initrd.tar: $(program_elf) $(BUILD)/sources tools/mkinitrd.py
	$(call say,TAR,$@)
	$(Q)$(PYTHON) tools/mkinitrd.py --objcopy $(OBJCOPY) --root $(BUILD)/user $@ $(programs)

# The part of it that every program may need: servers, and what a shell runs.
base_programs := $(filter bin/% servers/%,$(programs))
$(BUILD)/base.tar: $(addprefix $(BUILD)/user/,$(base_programs)) $(BUILD)/sources tools/mkinitrd.py
	$(call say,TAR,$@)
	$(Q)$(PYTHON) tools/mkinitrd.py --objcopy $(OBJCOPY) --root $(BUILD)/user $@ $(base_programs)

# What `mg exec` needs to compile a program that is not in the tree: the base, and how to use it
# (compiler, its flags, the linker's, the start files, objcopy; mg adds the folders by full path).
.PHONY: exec-base print-exec
exec-base: kernel $(BUILD)/user/init $(BUILD)/base.tar $(user_base)
print-exec:
	@printf '%s\n' '$(CC)' '$(filter-out -Werror -MD -MP,$(USER_FLAGS))' '$(LDFLAGS)' \
		'$(crt_obj)' '$(OBJCOPY)'

# --- host unit tests: the pure parts of the kernel under the host's sanitizers -------------------
HOST_CFLAGS := -std=gnu17 -O1 -g -Wall -Wextra -Werror -fno-omit-frame-pointer -MMD -MP \
	       -fsanitize=address,undefined -fno-sanitize-recover=all \
	       -iquote tools/hosttest/shim -iquote . -Ikernel -DCONFIG_HOSTTEST=1 \
	       $(subst CONFIG_KASAN=1,CONFIG_KASAN=0,$(CONFIG))
-include tools/hosttest/hosttest.mk
host_tests  ?= $(sort $(wildcard tools/hosttest/*.c))
host_lib    ?= $(sort $(wildcard kernel/lib/*.c))
host_obj    := $(patsubst %,$(BUILD)/host/%.o,$(host_tests) $(host_lib))

.PHONY: host-test host-test-build
host-test-build: $(BUILD)/host-test
host-test: $(BUILD)/host-test
	$(Q)$(BUILD)/host-test
$(BUILD)/host-test: $(host_obj)
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) $(host_obj) -o $@
$(BUILD)/host/%.c.o: %.c $(BUILD)/flags
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -c $< -o $@

# --- thin wrappers around tools/mg ---------------------------------------------------------------
# mg is Python; where that is missing nothing is known but the way to it.
mg = $(if $(shell command -v $(PYTHON) 2>/dev/null),tools/mg $@,echo "$@ needs $(PYTHON), which is \
	missing: \`tools/setup boot\` installs what building and booting need" >&2; exit 2)

.PHONY: demo test check test-all run debug gdb bench fuzz compare story loc locks models lint doctor \
	help setup clean
setup:
	@tools/setup
demo:
	@tools/setup boot && $(mg)
test test-all check: setup
	@$(mg)
run debug gdb bench fuzz compare iso story loc locks models lint doctor help:
	@$(mg)
clean:
	rm -rf build

# Dependencies on headers, as the compilers wrote them.
-include $(patsubst %.o,%.d,$(kernel_obj) $(libc_obj) $(crt_obj) $(host_obj) \
	$(call obj,$(wildcard user/*/*.c user/*/*/*.c user/*/*.asm)))
