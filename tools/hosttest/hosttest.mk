# SPDX-License-Identifier: MIT
# What the host unit tests link: the pure floors of the kernel, on a pretended machine (machine.c),
# and what is pure of the servers.
host_tests := $(sort $(wildcard tools/hosttest/*.c))
host_lib   := $(sort $(wildcard kernel/lib/*.c) $(filter-out %_test.c,$(wildcard mm/frame/*.c)) \
		user/servers/fs/tree.c user/servers/fs/pipe.c user/servers/tty/ldisc.c \
		kernel/x86/rtc.c)
# From libc's headers only those that the host has not.
HOST_CFLAGS += -fno-strict-aliasing -fno-builtin -pthread -iquote libc/src -idirafter libc/include
# Not optimized: a read past the end whose value does not matter is still one.
$(BUILD)/host/user/servers/fs/tree.c.o: HOST_CFLAGS += -O0
