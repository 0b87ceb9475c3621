/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime-test.h"

#include "ll-parameter-private.h"

/* "type|name=value|..." and "!" for junk, "2" for something twice. */
static char *
shown (const char *value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlParameters) parameters = ll_parameters_parse (value, &error);
  if (parameters == NULL)
    return g_strdup (error->message);
  GString *out = g_string_new (parameters->type);
  for (guint i = 0; i < parameters->list->len; i++)
    {
      const LlParameter *parameter = g_ptr_array_index (parameters->list, i);
      g_string_append_printf (out, "|%s=%s", parameter->name, parameter->value);
    }
  g_string_append (out, parameters->junk ? "!" : "");
  g_string_append (out, parameters->repeated ? "2" : "");
  return g_string_free (out, FALSE);
}

static void
test_parse (void **state)
{
  static const char *const cases[][2] = {
    { "Text/Plain", "text/plain" },
    { " text / plain (c(n)\\)) ; Charset = \"a b\" ;", "text/plain|charset=a b" },
    { "attachment; a=\"q\\\"uo\\\\te\"", "attachment|a=q\"uo\\te" },
    { "a/b; x=1; y=", "a/b|x=1|y=!" },
    { "a/b; x=\"\"", "a/b|x=" },
    { "a/b; x=c:/d?e=f@[g]", "a/b|x=c:/d?e=f@[g]" },
    { "a/b; x=1 (comment); y=2", "a/b|x=1|y=2" },
    { "a/b; x*=utf-8'de'%C3%B6", "a/b|x=\xc3\xb6" },
    { "a/b; x*=iso-8859-1''%F6%zz%", "a/b|x=\xc3\xb6%zz%" },
    { "a/b; x*=plain", "a/b|x=plain" },
    { "a/b; x*1=b; x*0=a; x*2=c", "a/b|x=abc" },
    { "a/b; x*0*=utf-8''%C3; x*1*=%B6; x*2=%41", "a/b|x=\xc3\xb6%41" },
    { "a/b; x*0=a; x*2=c", "a/b|x=a" },
    { "a/b; x*1=b", "a/b!" },
    { "a/b; x*=utf-8''a%00b", "a/b|x=a?b" },
    { "a/b; x=\xff", "a/b|x=\xef\xbf\xbd" },
    { "a/b; filename=old; filename*=utf-8''new", "a/b|filename=new" },
    { "a/b; filename*=utf-8''new; filename=old", "a/b|filename=new" },
    { "a/b; x=old; x*=utf-8''new", "a/b|x=old2" },
    { "a/b; x=1; X=2", "a/b|x=12" },
    { "a/b; x*0=1; x*0=2", "a/b|x=12" },
    { "a/b; name=1; name=2", "a/b|name=12" },
    { "", "" },
    { ";", "" },
    { "a/b; ; ;x=1", "a/b|x=1" },
    { "a/b x=1", "a/b|x=1!" },
    { "a/b; x", "a/b!" },
    { "a/b; =1; x=2", "a/b|x=2!" },
    { "a/b; x=\"open", "a/b|x=open!" },
    { "a/b; x=\"a\"b; y=1", "a/b|x=a|y=1!" },
    { "a/b; x=two words", "a/b|x=two words!" },
    { "a/b (open", "a/b!" },
    { "a/b; x*0x=1", "a/b|x=1!" },
    { "a/b; x**=1", "a/b|x=1!" },
    { "a/b; *=1", "a/b|=1!" },
    { "a/b/c; x=1", "a/b|x=1!" },
    { "a/b; x*99999999999=1", "a/b!" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = shown (cases[i][0]);
      if (strcmp (text, cases[i][1]) != 0)
        fail_msg ("\"%s\": \"%s\" instead of \"%s\"", cases[i][0], text, cases[i][1]);
    }
}

static void
test_limit (void **state)
{
  g_autoptr (GString) value = g_string_new ("a/b");
  for (guint i = 0; i < 20000; i++)
    g_string_append (value, ";x*0=1");
  g_autoptr (GError) error = NULL;
  assert_null (ll_parameters_parse (value->str, &error));
  assert_refused (error, LL_ERROR_LIMIT, "more than 100 parameters");
  g_autofree char *nested = g_strnfill (60000, '(');
  g_autofree char *comment = g_strconcat ("a/b ", nested, NULL);
  g_autofree char *text = shown (comment);
  assert_string_equal (text, "a/b!");
}

static void
test_format (void **state)
{
  static const char *const cases[] = {
    "text/plain|charset=utf-8",
    "a/b|x=with \"quotes\" and \\",
    "a/b|x=|y=J\xc3\xb6rg",
    "a/b|x=control\x01",
    "a/b|x=percent%41 'and' quotes|y=(c)",
    "attachment|filename=\xc3\xb6\xc3\xb6 with some more letters.pdf",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) parts = g_strsplit (cases[i], "|", -1);
      LlParameters parameters = { .type = parts[0], .list = g_ptr_array_new_with_free_func (g_free) };
      for (guint k = 1; parts[k] != NULL; k++)
        {
          LlParameter *parameter = g_new0 (LlParameter, 1);
          char *equals = strchr (parts[k], '=');
          *equals = '\0';
          parameter->name = parts[k];
          parameter->value = equals + 1;
          g_ptr_array_add (parameters.list, parameter);
        }
      g_autofree char *text = ll_parameters_format (&parameters);
      assert_true (g_str_is_ascii (text));
      for (const char *p = text; *p != '\0'; p++)
        assert_true (*p >= 32 || strncmp (p, "\r\n ", 3) == 0 || strncmp (p, "\n ", 2) == 0);
      g_autofree char *again = shown (text);
      assert_string_equal (again, cases[i]);
      g_ptr_array_unref (parameters.list);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_parse),
    cmocka_unit_test (test_limit),
    cmocka_unit_test (test_format),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
