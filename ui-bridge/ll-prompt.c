/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ll-prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "ll-tell.h"

typedef struct
{
  int tty;
  int signals;          /* signalfd: no handler, hence nothing global */
  sigset_t mask;        /* as it was */
  struct termios saved; /* as it was */
} Terminal;

typedef enum
{
  GOT_LINE,
  GOT_NOTHING, /* end of file, interrupted, or longer than any passphrase */
  GOT_MORE,    /* it goes on */
} Got;

static void
signals_to_watch (sigset_t *set)
{
  sigemptyset (set);
  sigaddset (set, SIGINT);
  sigaddset (set, SIGTERM);
  sigaddset (set, SIGHUP);
  sigaddset (set, SIGQUIT);
  sigaddset (set, SIGTSTP);
}

static gboolean
silence (Terminal *self)
{
  struct termios silent = self->saved;
  silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
  silent.c_lflag |= ICANON | ISIG;
  return tcsetattr (self->tty, TCSAFLUSH, &silent) == 0;
}

static void
restore (Terminal *self)
{
  (void)tcsetattr (self->tty, TCSAFLUSH, &self->saved);
}

static gboolean
open_terminal (Terminal *self)
{
  self->tty = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (self->tty < 0)
    return FALSE;
  sigset_t set;
  signals_to_watch (&set);
  (void)sigprocmask (SIG_BLOCK, &set, &self->mask);
  self->signals = signalfd (-1, &set, SFD_CLOEXEC);
  if (self->signals >= 0 && tcgetattr (self->tty, &self->saved) == 0 && silence (self))
    return TRUE;
  if (self->signals >= 0)
    (void)close (self->signals);
  (void)sigprocmask (SIG_SETMASK, &self->mask, NULL);
  (void)close (self->tty);
  return FALSE;
}

static void
close_terminal (Terminal *self)
{
  restore (self);
  (void)close (self->signals);
  (void)close (self->tty);
  (void)sigprocmask (SIG_SETMASK, &self->mask, NULL);
}

static void
write_all (int fd, const char *text)
{
  gsize length = strlen (text);
  while (length > 0)
    {
      ssize_t n = write (fd, text, length);
      if (n < 0 && errno != EINTR)
        return;
      text += MAX (n, 0);
      length -= (gsize)MAX (n, 0);
    }
}

/* The signal does what it would have done, on a terminal that echoes again. */
static gboolean
deliver (Terminal *self, const char *question)
{
  struct signalfd_siginfo info;
  if (read (self->signals, &info, sizeof info) != (ssize_t)sizeof info)
    return FALSE;
  restore (self);
  if (info.ssi_signo == SIGINT)
    return FALSE;
  sigset_t one, old;
  sigemptyset (&one);
  sigaddset (&one, (int)info.ssi_signo);
  (void)sigprocmask (SIG_UNBLOCK, &one, &old);
  (void)raise ((int)info.ssi_signo);
  /* Here again: it was a stop, or somebody ignores the signal. */
  (void)sigprocmask (SIG_SETMASK, &old, NULL);
  if (!silence (self))
    return FALSE;
  write_all (self->tty, question);
  return TRUE;
}

static Got
take_octets (Terminal *self, LlSecret *secret, gsize *length)
{
  guint8 *data = ll_secret_data (secret);
  ssize_t n = read (self->tty, data + *length, ll_secret_length (secret) - *length);
  if (n <= 0)
    return n < 0 && errno == EINTR ? GOT_MORE : GOT_NOTHING;
  *length += (gsize)n;
  if (data[*length - 1] == '\n')
    {
      *length -= 1;
      return GOT_LINE;
    }
  return *length == ll_secret_length (secret) ? GOT_NOTHING : GOT_MORE;
}

static Got
read_line (Terminal *self, LlSecret *secret, const char *question, gsize *length)
{
  Got got = GOT_MORE;
  while (got == GOT_MORE)
    {
      struct pollfd fds[2] = { { self->tty, POLLIN, 0 }, { self->signals, POLLIN, 0 } };
      if (poll (fds, 2, -1) < 0 && errno != EINTR)
        return GOT_NOTHING;
      if (fds[1].revents != 0 && !deliver (self, question))
        return GOT_NOTHING;
      if (fds[0].revents != 0)
        got = take_octets (self, secret, length);
    }
  return got;
}

static LlSecret *
ask_on (Terminal *self, const char *question, GError **error)
{
  g_autoptr (LlSecret) secret = ll_secret_new (LL_PROMPT_LONGEST + 1);
  gsize length = 0;
  write_all (self->tty, question);
  Got got = read_line (self, secret, question, &length);
  write_all (self->tty, "\n");
  if (got != GOT_LINE)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
      return NULL;
    }
  ll_secret_truncate (secret, length);
  return g_steal_pointer (&secret);
}

static LlSecret *
ask (LlPrompter *prompter, LlPromptKind kind, const LlText *subject, gboolean again, GError **error)
{
  Terminal terminal;
  if (!open_terminal (&terminal))
    {
      ll_error_set (
          error, LL_ERROR_NO_PASSPHRASE,
          "a passphrase is needed and there is no terminal to ask on; run it in a terminal, or store the "
          "key without a passphrase");
      return NULL;
    }
  g_autofree char *words = ll_tell_text (subject);
  g_autofree char *question
      = g_strconcat (again ? _ ("That passphrase was wrong.") : "", again ? "\n" : "", words, ": ", NULL);
  LlSecret *secret = ask_on (&terminal, question, error);
  close_terminal (&terminal);
  return secret;
}

LlPrompter *
ll_prompt_new (void)
{
  LlPrompter *prompter = g_new0 (LlPrompter, 1);
  prompter->ask = ask;
  return prompter;
}

void
ll_prompt_free (LlPrompter *prompter)
{
  g_free (prompter);
}
