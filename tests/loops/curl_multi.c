/* SPDX-License-Identifier: MIT */
/* libcurl's multi interface inside evert: fetches all URLs that it is given at
   once, and prints status and bytes of each. */
#include <curl/curl.h>
#include <evert.h>
#include <stdio.h>

struct fetcher {
	CURLM *multi;
	struct evert_reactor *reactor;
	struct evert_delayed_call timeout;
	int left; /* transfers */
};

/* ---- evert tells libcurl ---- */

static void finish(struct fetcher *self, CURL *easy, CURLcode outcome)
{
	curl_off_t bytes;
	long status;
	char *url;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
	curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url);
	printf("%ld %ld %s%s%s\n", status, (long)bytes, url,
	       outcome ? ": " : "", outcome ? curl_easy_strerror(outcome) : "");
	curl_multi_remove_handle(self->multi, easy);
	curl_easy_cleanup(easy);
	if (!--self->left)
		evert_reactor_stop(self->reactor);
}

static void act(struct fetcher *self, curl_socket_t fd, int ready)
{
	CURLMsg *message;
	int running;

	curl_multi_socket_action(self->multi, fd, ready, &running);
	while ((message = curl_multi_info_read(self->multi, &running)))
		if (message->msg == CURLMSG_DONE)
			finish(self, message->easy_handle,
			       message->data.result);
}

static void socket_ready(struct evert_watcher *watcher, unsigned ready,
			 void *self)
{
	act(self, evert_watcher_fd(watcher),
	    (ready & EVERT_READ ? CURL_CSELECT_IN : 0) |
		    (ready & EVERT_WRITE ? CURL_CSELECT_OUT : 0) |
		    (ready & EVERT_BROKEN ? CURL_CSELECT_ERR : 0));
}

static void time_is_up(void *self)
{
	act(self, CURL_SOCKET_TIMEOUT, 0);
}

/* ---- libcurl tells evert ---- */

static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *arg,
			 void *watcher)
{
	struct fetcher *self = arg;
	unsigned wanted = (what & CURL_POLL_IN ? EVERT_READ : 0) |
			  (what & CURL_POLL_OUT ? EVERT_WRITE : 0);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		evert_watcher_destroy(watcher);
		return 0;
	}
	if (watcher)
		return evert_watcher_want(watcher, wanted);
	watcher = evert_watcher_create(self->reactor, fd, wanted, socket_ready,
				       self);
	curl_multi_assign(self->multi, fd, watcher);
	return watcher ? 0 : -1;
}

static int timeout_wanted(CURLM *multi, long milliseconds, void *arg)
{
	struct fetcher *self = arg;

	(void)multi;
	evert_delayed_call_cancel(self->timeout);
	if (milliseconds >= 0)
		self->timeout = evert_reactor_call_later(
			self->reactor, (double)milliseconds / 1000, time_is_up,
			self);
	return 0;
}

int main(int count, char **urls)
{
	struct fetcher self = { .reactor = evert_reactor_create(NULL) };
	FILE *nowhere = fopen("/dev/null", "w");
	int i;

	self.multi = curl_multi_init();
	curl_multi_setopt(self.multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
	curl_multi_setopt(self.multi, CURLMOPT_SOCKETDATA, &self);
	curl_multi_setopt(self.multi, CURLMOPT_TIMERFUNCTION, timeout_wanted);
	curl_multi_setopt(self.multi, CURLMOPT_TIMERDATA, &self);
	for (i = 1; i < count; i++, self.left++) {
		CURL *easy = curl_easy_init();

		curl_easy_setopt(easy, CURLOPT_URL, urls[i]);
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, nowhere);
		curl_multi_add_handle(self.multi, easy);
	}
	if (self.left)
		evert_reactor_run(self.reactor);
	curl_multi_cleanup(self.multi);
	evert_reactor_destroy(self.reactor);
	fclose(nowhere);
	return 0;
}
