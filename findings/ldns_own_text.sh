#!/bin/sh
# SPDX-License-Identifier: MIT
#
# ldns 1.8.3 (Debian's libldns-dev 1.8.3-1+b1): the text that ldns_rr2str() makes
# of a CAA, URI or HINFO record is none that ldns_rr_new_frm_str() takes. It ends,
# as every record's does, with a newline, and after a last field that stands in
# quotation marks nothing but the end of the text is allowed. That of AAAA, and even
# of TXT, which ends with a quotation mark too, is taken. What holds: cut the newline
# off before the text is read again.
#
# Seen: AAAA and TXT are read again; CAA, URI and HINFO give "Syntax error,
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

static const char *read_again(const char *text, ldns_rr **record) {
	return ldns_get_errorstr_by_id(ldns_rr_new_frm_str(record, text, 60, NULL, NULL));
}

int main(void) {
	const char *texts[] = {"a. AAAA ::1", "a. TXT \"b\"",
	    "a. CAA 0 issue \"b\"", "a. URI 10 1 \"b:c\"", "a. HINFO \"b\" \"c\""};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		ldns_rr *record = NULL;

		read_again(texts[i], &record);
		char *text = ldns_rr2str(record), *newline = strchr(text, '\n');
		printf("%.8s: %s", texts[i], read_again(text, &record));
		*newline = '\0';
		printf("; cut: %s\n", read_again(text, &record));
	}
}
END
multiarch=$(basename "$lib")
cc -Iroot/usr/include -I"root/usr/include/$multiarch" again.c -o again \
	"$lib/libldns.so.3" -Wl,-rpath-link,"$lib"
LD_LIBRARY_PATH=$lib ./again >seen
cat >expected <<'END'
a. AAAA : All OK; cut: All OK
a. TXT ": All OK; cut: All OK
a. CAA 0: Syntax error, superfluous text present; cut: All OK
a. URI 1: Syntax error, superfluous text present; cut: All OK
a. HINFO: Syntax error, superfluous text present; cut: All OK
END
echo "ldns $version:"
cat seen
diff expected seen && echo "as it was: what is written is not read"
