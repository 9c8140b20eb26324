/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints a Markdown file with the tables between "<!-- items -->", "<!-- actions -->" and the next "<!-- end -->" made
 * anew from the driver's own tables of items and actions.
 */
#include <stdio.h>
#include <string.h>

#include "frl_compile.h"

#define LINE 1024

static void print_items(void)
{
	printf("| item | fields | remarks |\n| --- | --- | --- |\n");
	for (const struct frl_item *i = frl_items; i->name; i++) {
		printf("| `%s` | ", i->name);
		for (const struct frl_item_field *f = i->fields; f->name; f++)
			printf("%s%s", f == i->fields ? "" : ", ", f->name);
		printf(" | %s |\n", i->note);
	}
}

static void print_actions(void)
{
	printf("| action | remarks |\n| --- | --- |\n");
	for (const struct frl_action *a = frl_actions; a->name; a++)
		printf("| `%s` | %s |\n", a->name, a->note);
}

int main(int argc, char **argv)
{
	FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
	char line[LINE];
	int inside = 0;

	if (!file) {
		fprintf(stderr, "usage: %s <Markdown file>\n", argv[0]);
		return 2;
	}
	while (fgets(line, sizeof(line), file)) {
		if (!strcmp(line, "<!-- end -->\n"))
			inside = 0;
		if (!inside)
			fputs(line, stdout);
		if (!strcmp(line, "<!-- items -->\n")) {
			inside = 1;
			print_items();
		} else if (!strcmp(line, "<!-- actions -->\n")) {
			inside = 1;
			print_actions();
		}
	}
	fclose(file);
	return inside ? 1 : 0;
}
