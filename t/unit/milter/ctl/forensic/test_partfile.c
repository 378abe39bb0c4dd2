/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/ctl/forensic/partfile.h"
#include "milter/daemon/mailfile.h"
#include "t/lib/mail.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A message with two signatures, one of them in an attached message. */
static const char nested[] =
    "From alice Thu Jan  1 00:00:00 2026\r\n"
    "List-Id: <talk.example.org>\r\n"
    "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n"
    "Content-Type: multipart/signed; boundary=a;\r\n"
    " protocol=\"application/pkcs7-signature\"\r\n\r\n--a\r\n"
    "\r\nfirst\r\n\r\n--a\r\n"
    "Content-Type: application/pkcs7-signature\r\n\r\nAAAA\r\n--a--\r\n"
    "--o\r\nContent-Type: message/rfc822\r\n\r\nSubject: b\r\n"
    "Content-Type: multipart/signed; boundary=b;\r\n"
    " protocol=\"application/pkcs7-signature\"\r\n\r\n--b\r\n"
    "\r\nsecond\r\n--b\r\n"
    "Content-Type: application/pkcs7-signature\r\n\r\nAAAA\r\n--b--\r\n"
    "--o--\r\n";

/* Read a part of octets that begin behind some others in a file. */
static enum partfile_status
read_part(struct octets mail, const char *part, struct buf *header,
    struct buf *octets)
{
	FILE *file = tmpfile();
	struct partfile_place place = { .fd = fileno(file), .from = 7 };
	struct limits limits;
	enum partfile_status status;

	limits_default(&limits);
	fputs("before\n", file);
	fwrite(mail.at, 1, mail.len, file);
	fputs("\r\n--o\r\nbehind", file);
	fflush(file);
	place.to = place.from + (off_t)mail.len;
	status = partfile_read(&place, &limits, part, header, octets);
	fclose(file);
	return status;
}

static const struct {
	const char *name, *part, *want;
} parts[] = {
	{ "the first", "1.2", "\r\nfirst\r\n" },
	{ "within a message", "2.2", "\r\nsecond" },
	{ "none", "2", NULL },
	{ "not there", "1.1.2", NULL },
};

START_TEST(cuts_the_signed_part_out_of_a_file)
{
	struct octets mail = mail_print("%s", nested);
	struct octets forms[] = { mail, mail_to_lf(mail) };
	const char *want = parts[_i].want;
	enum partfile_status status;
	struct buf header, part;

	for (size_t i = 0; i < COUNT(forms); i++) {
		buf_init(&header, 1024);
		buf_init(&part, 1024);
		status = read_part(forms[i], parts[_i].part, &header, &part);
		ck_assert_int_eq(status,
		    want != NULL ? PARTFILE_OK : PARTFILE_FAILED);
		if (want != NULL) {
			ck_assert_uint_eq(part.len, strlen(want));
			ck_assert_mem_eq(part.data, want, part.len);
			ck_assert_ptr_nonnull(
			    memmem(header.data, header.len, "List-Id", 7));
			ck_assert_ptr_null(
			    memmem(header.data, header.len, "Subject", 7));
		}
		buf_done(&header);
		buf_done(&part);
	}
	mail_end();
}
END_TEST

START_TEST(cuts_out_what_fits)
{
	size_t len = strlen("\r\nfirst\r\n");
	struct buf header, part;

	for (size_t cap = len - 1; cap <= len; cap++) {
		buf_init(&header, 1024);
		buf_init(&part, cap);
		ck_assert_int_eq(read_part(mail_print("%s", nested), "1.2",
				     &header, &part),
		    cap == len ? PARTFILE_OK : PARTFILE_TOO_LARGE);
		buf_done(&header);
		buf_done(&part);
	}
	mail_end();
}
END_TEST

START_TEST(cannot_read_a_pipe_twice)
{
	struct partfile_place place = { .from = 0, .to = 10 };
	struct limits limits;
	struct buf header, part;
	int fds[2];

	limits_default(&limits);
	buf_init(&header, 1024);
	buf_init(&part, 1024);
	ck_assert_int_eq(pipe(fds), 0);
	place.fd = fds[0];
	ck_assert_int_eq(partfile_read(&place, &limits, "2", &header, &part),
	    PARTFILE_PIPE);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

/* Each message of an mbox is where mailfile.h says that it is. */
START_TEST(finds_each_message_of_an_mbox)
{
	static const char *const want[] = { "\r\nfirst\r\n", "\r\nother\r\n" };
	struct octets mail = mail_print("%s\r\n%s", nested,
	    mail_replace(mail_print("%s", nested), "first", "other").at);
	FILE *file = tmpfile();
	struct partfile_place place = { .fd = fileno(file) };
	struct mailfile *mailfile;
	struct limits limits;
	struct rules rules;
	struct smime *smime;
	struct buf header, part;

	limits_default(&limits);
	rules_default(&rules);
	fwrite(mail.at, 1, mail.len, file);
	rewind(file);
	mailfile = mailfile_new(file);
	for (size_t i = 0; i < COUNT(want); i++) {
		buf_init(&header, 1024);
		buf_init(&part, 1024);
		smime = smime_new(NULL, &limits, &rules);
		ck_assert(mailfile_offset(mailfile, &place.from));
		ck_assert(mailfile_push(mailfile, smime));
		ck_assert(mailfile_offset(mailfile, &place.to));
		smime_free(smime);
		ck_assert_int_eq(partfile_read(&place, &limits, "1.2", &header,
				     &part),
		    PARTFILE_OK);
		ck_assert_uint_eq(part.len, strlen(want[i]));
		ck_assert_mem_eq(part.data, want[i], part.len);
		buf_done(&header);
		buf_done(&part);
	}
	ck_assert_int_eq(place.to, (off_t)mail.len);
	mailfile_free(mailfile);
	fclose(file);
	mail_end();
}
END_TEST

START_TEST(knows_no_places_in_a_pipe)
{
	FILE *pipe = popen("echo Subject: a", "r");
	struct mailfile *mailfile = mailfile_new(pipe);
	off_t offset;

	ck_assert(!mailfile_offset(mailfile, &offset));
	mailfile_free(mailfile);
	pclose(pipe);
}
END_TEST

static void
init(void)
{
	smime_init();
}

int
main(void)
{
	Suite *suite = suite_create("partfile");
	TCase *tcase = tcase_create("partfile");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, init, NULL);
	tcase_add_loop_test(tcase, cuts_the_signed_part_out_of_a_file, 0,
	    COUNT(parts));
	tcase_add_test(tcase, cuts_out_what_fits);
	tcase_add_test(tcase, cannot_read_a_pipe_twice);
	tcase_add_test(tcase, finds_each_message_of_an_mbox);
	tcase_add_test(tcase, knows_no_places_in_a_pipe);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
