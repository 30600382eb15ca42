/* SPDX-License-Identifier: MIT */
/* waitid(): wait4 with other words for what is waited for and what is told. */
#include <abi/wait.h>
#include <signal.h>
#include <sys/wait.h>

#include "signal/signal.h"
#include "sys.h"

/* What SIGCHLD would say of a child that has come to this status. */
static siginfo_t child_info(pid_t pid, int status)
{
	siginfo_t info = { .si_signo = SIGCHLD, .si_pid = pid };

	if (WIFCONTINUED(status)) {
		info.si_code = CLD_CONTINUED;
		info.si_status = SIGCONT;
	} else if (WIFSTOPPED(status)) {
		info.si_code = CLD_STOPPED;
		info.si_status = WSTOPSIG(status);
	} else if (WIFSIGNALED(status)) {
		info.si_code = CLD_KILLED;
		info.si_status = WTERMSIG(status);
	} else {
		info.si_code = CLD_EXITED;
		info.si_status = WEXITSTATUS(status);
	}
	return info;
}

/* What wait4 calls these children; 0: its caller's group.  False: there is no such kind. */
static bool find_whom(idtype_t type, id_t id, pid_t *whom)
{
	switch (type) {
	case P_ALL:
		*whom = -1;
		return true;
	case P_PID:
		*whom = (pid_t)id;
		return *whom > 0;
	case P_PGID:
		*whom = -(pid_t)id;
		return *whom <= 0;
	default:
		return false;
	}
}

int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	const int what = WEXITED | WSTOPPED | WCONTINUED, known = what | WNOHANG | WNOWAIT;
	int flags = options & ~(WEXITED | WNOWAIT);
	siginfo_t told = { 0 };
	int status;
	pid_t whom;
	long ret;

	if (options & ~known || !(options & what) || !find_whom(type, id, &whom))
		return (int)sys_ret(-EINVAL);
	if (whom == -1 && type == P_PGID) /* group 1: to wait4 that would be anybody */
		return (int)sys_ret(-ECHILD);
	if (!(options & WEXITED))
		flags |= WAIT_NO_ENDS;
	if (options & WNOWAIT)
		flags |= WAIT_PEEK;
	ret = SYS_RESTART(sys_wait4(whom, &status, flags, NULL));
	if (ret > 0)
		told = child_info((pid_t)ret, status);
	if (ret >= 0 && info && sys_vm_copy(info, &told, sizeof(told)) < 0)
		ret = -EFAULT;
	return ret < 0 ? (int)sys_ret(ret) : 0;
}
