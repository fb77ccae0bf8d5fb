#!/bin/sh
# SPDX-License-Identifier: MIT
#
# ldns 1.8.3 (Debian's libldns-dev 1.8.3-1+b1): the text that ldns_rr2str() makes
# of a CAA, URI, HINFO or X25 record is none that ldns_rr_new_frm_str() takes. It
# ends, as every record's does, with a newline, and after a last field that stands
# in quotation marks no more than the end of the text is allowed. Those of A and
# even of TXT, which ends with a quotation mark too, are taken. What holds: cut the
# newline off before the text is read again.
#
# Seen: A, MX and TXT are read again; CAA, URI, HINFO and X25 give "Syntax error,
# superfluous text present"; without the newline all are read.
#
# Ends with 0 while that is so, else with 1. Needs apt-get, dpkg, a C compiler;
# installs nothing outside a temporary folder.

set -eu
version=1.8.3-1+b1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -qq libldns-dev=$version libldns3=$version \
	libssl3 libssl-dev 2>/dev/null
for package in *.deb; do
	dpkg -x "$package" root
done
lib=$(dirname "$(find "$PWD/root" -name libldns.so.3)")

cat >again.c <<'END'
#include <ldns/ldns.h>
#include <string.h>

static const char *read_again(const char *text) {
	ldns_rr *record = NULL;
	ldns_status status = ldns_rr_new_frm_str(&record, text, 60, NULL, NULL);

	ldns_rr_free(record);
	return ldns_get_errorstr_by_id(status);
}

int main(void) {
	const char *texts[] = {"a. A 192.0.2.1", "a. MX 10 b.", "a. TXT \"b\"",
	    "a. CAA 0 issue \"b\"", "a. URI 10 1 \"b:c\"", "a. HINFO \"b\" \"c\"",
	    "a. X25 \"311061700956\""};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		ldns_rr *record = NULL;

		ldns_rr_new_frm_str(&record, texts[i], 60, NULL, NULL);
		char *text = ldns_rr2str(record), *type = strrchr(text, '\t');
		printf("%.*s: %s", (int)strcspn(texts[i] + 3, " "), texts[i] + 3,
		    read_again(text));
		type[strcspn(type, "\n")] = '\0';
		printf("; cut: %s\n", read_again(text));
	}
}
END
multiarch=$(basename "$lib")
cc -Iroot/usr/include -I"root/usr/include/$multiarch" again.c -o again \
	"$lib/libldns.so.3" -Wl,-rpath-link,"$lib"
LD_LIBRARY_PATH=$lib ./again >seen
cat >expected <<'END'
A: All OK; cut: All OK
MX: All OK; cut: All OK
TXT: All OK; cut: All OK
CAA: Syntax error, superfluous text present; cut: All OK
URI: Syntax error, superfluous text present; cut: All OK
HINFO: Syntax error, superfluous text present; cut: All OK
X25: Syntax error, superfluous text present; cut: All OK
END
echo "ldns $version:"
cat seen
diff expected seen && echo "as it was: what is written is not read"
