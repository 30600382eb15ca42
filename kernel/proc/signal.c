/* SPDX-License-Identifier: MIT */
/* Signals: names, default actions, and the end of a process by a fault. */
#include "kernel/proc/signal.h"
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/core/stream.h"
#include "kernel/lib/format.h"
#include "kernel/x86/serial.h"

#define SIGNAL_BIT(sig) BIT(SIG##sig)

static const u32 ignored =
	SIGNAL_BIT(CHLD) | SIGNAL_BIT(CONT) | SIGNAL_BIT(URG) | SIGNAL_BIT(WINCH);
static const u32 stopping =
	SIGNAL_BIT(STOP) | SIGNAL_BIT(TSTP) | SIGNAL_BIT(TTIN) | SIGNAL_BIT(TTOU);

#define NAME(sig) [SIG##sig] = "SIG" #sig
static const char *const signal_names[NSIG] = {
	NAME(HUP),  NAME(INT),	  NAME(QUIT), NAME(ILL),  NAME(TRAP),	NAME(ABRT), NAME(BUS),
	NAME(FPE),  NAME(KILL),	  NAME(USR1), NAME(SEGV), NAME(USR2),	NAME(PIPE), NAME(ALRM),
	NAME(TERM), NAME(STKFLT), NAME(CHLD), NAME(CONT), NAME(STOP),	NAME(TSTP), NAME(TTIN),
	NAME(TTOU), NAME(URG),	  NAME(XCPU), NAME(XFSZ), NAME(VTALRM), NAME(PROF), NAME(WINCH),
	NAME(IO),   NAME(PWR),	  NAME(SYS),
};

const char *signal_name(int sig)
{
	return sig > 0 && sig < NSIG ? signal_names[sig] : "SIG?";
}

bool signal_is_fatal(int sig)
{
	return !(ignored >> sig & 1) && !signal_stops(sig);
}

bool signal_stops(int sig)
{
	return stopping >> sig & 1;
}

void fault_kill(int sig, const char *why)
{
	struct process *p = current_process();
	char line[256];

	scnprintf(line, sizeof(line), "%s (pid %d): killed by %s: %s\n", p->name, p->pid,
		  signal_name(sig), why);
	printk("%s", line);
	stream_printf(SERIAL_STDERR, "%s", line);
	EVENT(process_killed, p->pid, sig);
	process_exit(WAIT_SIGNALED(sig));
}
