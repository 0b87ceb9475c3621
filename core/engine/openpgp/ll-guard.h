/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* letterlock-gpg-guard: the program GPGME believes to be gpg.  It changes what
 * gpg is told and then becomes gpg (execve, no process of its own remains):
 *
 *   - data goes to a descriptor of its own, never to standard output, where gpg
 *     also prints the keys an attacker put beside the message (security.md F1, C-1);
 *   - no configuration file is read; of the user's gpg.conf only what says whose
 *     keys are trusted is carried over (F3, C-4);
 *   - only options known here pass, in a clean environment (K-9), without network (C-16).
 *
 * GPGME has no way to hand gpg options of ours.  What the engine wants beyond
 * GPGME travels in the value of --auto-key-locate, which never reaches gpg:
 *
 *   --auto-key-locate=letterlock,at=1700000000,sign=FPR,deadline=30,binary,version=2.2.40
 *
 * Plain C: it starts once for each call of gpg and should cost nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define LL_GUARD_CHANNEL "letterlock"

/* A list of arguments; the strings are borrowed or never freed: execve() is near. */
typedef struct
{
  const char **items; /* NULL-terminated */
  size_t length;
  size_t capacity;
} LlArgs;

void ll_args_add (LlArgs *args, const char *argument);

typedef enum
{
  LL_GUARD_NO_COMMAND, /* GPGME's way to say "whatever it is": for us a signed message */
  LL_GUARD_LIST,
  LL_GUARD_SIGN,
  LL_GUARD_ENCRYPT,
  LL_GUARD_DECRYPT,
  LL_GUARD_VERIFY,
  LL_GUARD_IMPORT,
  LL_GUARD_EXPORT,
} LlGuardCommand;

typedef struct
{
  LlGuardCommand command;
  LlArgs options;
  LlArgs operands;
  const char *homedir; /* NULL: gpg's own rule */
  const char *sign;    /* fingerprint of the key to sign with */
  const char *at;      /* seconds since the epoch */
  const char *version; /* of gpg: which gpg.conf-VERSION it would read */
  const char *ctype;   /* --lc-ctype and --lc-messages when GPGME set them */
  const char *messages;
  unsigned deadline; /* seconds; 0: none */
  bool binary;       /* the input is binary: gpg must not look for armor */
  bool output;       /* "--output -" was there */
} LlGuardRequest;

/** ll_guard_parse: returns NULL, or the argument that is not allowed. */
const char *ll_guard_parse (int argc, char **argv, LlGuardRequest *out);

/** ll_guard_conf: adds what may be carried over from the configuration files of @homedir. */
void ll_guard_conf (const char *homedir, const char *version, bool has_time, LlArgs *out);

/** ll_guard_environment: the environment gpg gets, made from the current one. */
char **ll_guard_environment (void);
