/*
 * print.c - the result of `dndprof validate`, for people and for programs.
 */
#include "validate/validate.h"

#include "base/buffer.h"
#include "base/duration.h"

#include <jansson.h>
#include <string.h>

static void put_ns(struct buffer *buffer, int64_t ns, int width, bool ascii)
{
	char text[DURATION_TEXT], *micro;

	duration_text(ns, text);
	micro = strstr(text, "\xc2\xb5");
	if (micro && ascii) {
		micro[0] = 'u';
		memmove(micro + 1, micro + 2, strlen(micro + 1));
	}
	buffer_print(buffer, "%*s", (int)(width + (int)strlen(text) - (int)utf8_columns(text)),
		     text);
}

static const char *verdict(const struct outcome *outcome)
{
	return !outcome->trial.precise ? "for comparison" : outcome->passed ? "pass" : "FAIL";
}

static void put_rows(struct buffer *buffer, const struct outcome *outcome, bool ascii)
{
	buffer_print(buffer, "  %9s%8s%10s%10s%10s%10s\n", "Delay", "n", "Bias", "P50", "P99",
		     "Max");
	for (size_t i = 0; i < outcome->row_count; i++) {
		const struct error_row *row = &outcome->rows[i];

		buffer_print(buffer, " ");
		put_ns(buffer, row->delay_ns, 10, ascii);
		buffer_print(buffer, "%8zu", row->count);
		put_ns(buffer, row->bias_ns, 10, ascii);
		put_ns(buffer, row->p50_ns, 10, ascii);
		put_ns(buffer, row->p99_ns, 10, ascii);
		put_ns(buffer, row->max_ns, 10, ascii);
		buffer_print(buffer, "\n");
	}
}

static void put_residual(struct buffer *buffer, bool known, double ns)
{
	if (known)
		buffer_print(buffer, "%+10.1f", ns);
	else
		buffer_print(buffer, "%10s", "-");
}

static void put_empty(struct buffer *buffer, const struct outcome *outcome)
{
	if (!outcome->empty_count)
		return;
	buffer_print(buffer, "  %-10s%8s%8s%8s%10s%14s%10s%10s\n", "Nothing", "n", "Min", "P50",
		     "P99", "Max", "Residual", "Past gate");
	for (size_t i = 0; i < outcome->empty_count; i++) {
		const struct empty_row *row = &outcome->empty[i];

		buffer_print(buffer, "  %-10s%8zu%8.1f%8.1f%10.1f%14.1f", row->name, row->count,
			     row->min_ns, row->p50_ns, row->p99_ns, row->max_ns);
		put_residual(buffer, row->residual_known, row->residual_ns);
		put_residual(buffer, row->past_known, row->past_ns);
		buffer_print(buffer, " ns\n");
	}
	buffer_print(buffer, "  taken off: %.1f ns, of calls %.1f ns\n", outcome->null_ns,
		     outcome->call_null_ns);
}

static void put_outcome(struct buffer *buffer, const struct outcome *outcome, bool ascii)
{
	const struct trial *trial = &outcome->trial;

	buffer_print(buffer, "%s: %s\n  against %s: ", trial->gate, trial->what, trial->witness);
	if (trial->skipped) {
		buffer_print(buffer, "not tried: %s\n\n", trial->skipped);
		return;
	}
	if (outcome->failure) {
		buffer_print(buffer, "FAIL: %s\n\n", outcome->failure);
		return;
	}
	buffer_print(buffer, "%s\n", verdict(outcome));
	put_rows(buffer, outcome, ascii);
	put_empty(buffer, outcome);
	buffer_print(buffer, "  P99 of all %zu: ", outcome->count);
	put_ns(buffer, outcome->p99_ns, 0, ascii);
	if (outcome->drift_known)
		buffer_print(buffer, "; drift %+.3f ppm", outcome->drift_ppm);
	buffer_print(buffer, "; seen by gate %s\n\n", outcome->gate_found);
}

void validation_text(struct buffer *buffer, const struct validation *validation, bool ascii)
{
	buffer_print(buffer,
		     "How far recorded durations are from true ones. Bias: the median of "
		     "recorded\nless true. Nothing: regions and calls in which nothing happens, as "
		     "recorded, in ns;\nresidual: how much too long (+) or too short (-) they "
		     "are in the mean once what\nwas calibrated is taken off. Past gate: the same "
		     "beside calls that are not recorded,\nwhich the kernel may answer sooner.\n");
	for (size_t i = 0; i < validation->outcomes.count; i++) {
		const struct outcome *outcome = &validation->outcomes.items[i];

		if (!i || outcome->loaded != validation->outcomes.items[i - 1].loaded)
			buffer_print(buffer, "\n%s\n\n",
				     outcome->loaded ? "WITH ALL PROCESSORS BUSY" : "IDLE");
		put_outcome(buffer, outcome, ascii);
	}
	buffer_print(buffer, "The kernel slewed CLOCK_MONOTONIC by %+.3f ppm meanwhile.\n",
		     validation->slew_ppm);
	buffer_print(buffer, "%s: P99 of the error is %s the precision of ",
		     validation->passed ? "PASS" : "FAIL",
		     validation->passed ? "within" : "not everywhere within");
	put_ns(buffer, validation->precision_ns, 0, ascii);
	buffer_print(buffer, "\n");
}

static json_t *json_empty(const struct outcome *outcome)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < outcome->empty_count; i++) {
		const struct empty_row *row = &outcome->empty[i];

		json_array_append_new(
			rows,
			json_pack("{sssIsfsfsfsfsoso}", "class", row->name, "count",
				  (json_int_t)row->count, "min_ns", row->min_ns, "p50_ns",
				  row->p50_ns, "p99_ns", row->p99_ns, "max_ns", row->max_ns,
				  "residual_ns",
				  row->residual_known ? json_real(row->residual_ns) : json_null(),
				  "past_gate_ns",
				  row->past_known ? json_real(row->past_ns) : json_null()));
	}
	return rows;
}

static json_t *json_outcome(const struct outcome *outcome)
{
	json_t *rows = json_array(), *object;

	for (size_t i = 0; i < outcome->row_count; i++) {
		const struct error_row *row = &outcome->rows[i];

		json_array_append_new(
			rows,
			json_pack("{sIsIsIsIsIsI}", "delay_ns", (json_int_t)row->delay_ns, "count",
				  (json_int_t)row->count, "bias_ns", (json_int_t)row->bias_ns,
				  "p50_ns", (json_int_t)row->p50_ns, "p99_ns",
				  (json_int_t)row->p99_ns, "max_ns", (json_int_t)row->max_ns));
	}
	object = json_pack("{sssssssbsbss?ss?ss?so}", "gate", outcome->trial.gate, "what",
			   outcome->trial.what, "witness", outcome->trial.witness, "loaded",
			   outcome->loaded, "decides", outcome->trial.precise, "gate_found",
			   outcome->gate_found, "skipped", outcome->trial.skipped, "failure",
			   outcome->failure, "delays", rows);
	if (outcome->trial.skipped || outcome->failure)
		return object;
	json_object_set_new(object, "count", json_integer((json_int_t)outcome->count));
	json_object_set_new(object, "p99_ns", json_integer(outcome->p99_ns));
	json_object_set_new(object, "drift_ppm",
			    outcome->drift_known ? json_real(outcome->drift_ppm) : json_null());
	json_object_set_new(object, "passed", json_boolean(outcome->passed));
	json_object_set_new(object, "empty", json_empty(outcome));
	json_object_set_new(object, "taken_off_ns", json_real(outcome->null_ns));
	json_object_set_new(object, "taken_off_calls_ns", json_real(outcome->call_null_ns));
	return object;
}

void validation_json(struct buffer *buffer, const struct validation *validation)
{
	json_t *root, *outcomes = json_array();
	char *text;

	for (size_t i = 0; i < validation->outcomes.count; i++)
		json_array_append_new(outcomes, json_outcome(&validation->outcomes.items[i]));
	root = json_pack("{sIsbsfso}", "precision_ns", (json_int_t)validation->precision_ns,
			 "passed", validation->passed, "slew_ppm", validation->slew_ppm, "trials",
			 outcomes);
	text = json_dumps(root, JSON_INDENT(2));
	buffer_print(buffer, "%s\n", text ? text : "null");
	free(text);
	json_decref(root);
}
