/*
 * findings.c - the BOTTLENECK ANALYSIS and RECOMMENDATIONS sections, and the diagnosis that stands
 * before everything else.
 */
#include "render/report.h"

#include <string.h>

/* ---- tables ---- */

static const struct process *process_of(const struct model *model, const struct finding *finding)
{
	return finding->process == NONE ? NULL : &model->processes.items[finding->process];
}

COLUMN(finding_number, finding, value_count(row - model->findings.items + 1))
COLUMN(finding_rule, finding, value_text(row->rule))
COLUMN(finding_description, finding, value_sentence(row->description))
COLUMN(finding_impact, finding, value_sentence(row->impact))
COLUMN(finding_saved, finding, value_some_ns(row->impact_ns))
COLUMN(finding_recommendation, finding, value_sentence(row->recommendation))
COLUMN(finding_command, finding, value_text(row->command))
COLUMN(finding_operations, finding, value_count((int64_t)row->cited.count))
COLUMN(finding_slowest, finding, value_text(row->cited.count ? row->cited.what : NULL))
COLUMN(finding_slowest_ns, finding,
       row->cited.count ? value_ns(row->cited.slowest_ns) : value_none())
COLUMN(finding_site, finding, value_text(row->cited.site))
COLUMN(finding_offset, finding, row->cited.count ? value_ns(row->cited.offset_ns) : value_none())

static struct value finding_program(const struct model *model, const void *data)
{
	const struct process *process = process_of(model, data);

	return value_text(process ? process->program : NULL);
}

static struct value finding_pid(const struct model *model, const void *data)
{
	const struct process *process = process_of(model, data);

	return process && process->pid > 0 ? value_count(process->pid) : value_none();
}

static const struct column bottleneck_columns[] = {
	{"number", "#", 4, finding_number},
	{"rule", "Rule", -20, finding_rule},
	{"description", "Bottleneck", 0, finding_description},
	{"impact", "Impact", 0, finding_impact},
	{"impact_ns", "Saves", 12, finding_saved},
	{"recommendation", "Recommendation", 0, finding_recommendation},
	{"command", NULL, 0, finding_command},
	{"program", NULL, 0, finding_program},
	{"pid", NULL, 0, finding_pid},
	{"operations", "Operations", 12, finding_operations},
	{"slowest", NULL, 0, finding_slowest},
	{"slowest_ns", "Slowest", 12, finding_slowest_ns},
	{"slowest_offset_ns", NULL, 0, finding_offset},
	{"slowest_site", NULL, 0, finding_site},
};
TABLE(bottlenecks_table, "bottlenecks", "Bottlenecks", bottleneck_columns, findings);

static const struct column recommendation_columns[] = {
	{"number", "#", 4, finding_number},
	{"rule", "Rule", -20, finding_rule},
	{"recommendation", "Recommendation", 0, finding_recommendation},
	{"command", "Try", 0, finding_command},
	{"saves_ns", "Saves", 12, finding_saved},
};
TABLE(recommendations_table, "recommendations", "Recommendations", recommendation_columns,
      findings);

/* ---- text ---- */

/* Text after `lead`, over as many lines as it needs. */
static void put_wrapped_after(struct buffer *buffer, const struct style *style, const char *lead,
			      size_t indent, const char *text)
{
	struct buffer plain = {0}, escaped = {0};

	put_plain(&plain, style, text);
	put_escaped(&escaped, style, buffer_text(&plain));
	buffer_print(buffer, "%s", lead);
	put_folded(buffer, buffer_text(&escaped), strlen(lead), indent);
	buffer_print(buffer, "\n");
	buffer_free(&plain);
	buffer_free(&escaped);
}

/* "   Operations: 12; the longest: GET /info, 300ms, begun 12ms into the run; process docker 812".
 * What stands on processes names the one with the most of the time. */
static void put_citation(struct buffer *buffer, const struct style *style,
			 const struct model *model, const struct finding *finding)
{
	const struct process *process = process_of(model, finding);
	bool operations = finding->cited.operation != NONE;
	struct buffer text = {0};

	if (!finding->cited.count && !process)
		return;
	if (finding->cited.count > 1)
		buffer_print(&text, "%zu; the longest: ", finding->cited.count);
	if (finding->cited.count && operations)
		buffer_print(&text, "%s, ", finding->cited.what);
	if (process && !operations)
		buffer_print(&text, "%s", process->program);
	if (process && !operations && process->pid > 0)
		buffer_print(&text, " %d", process->pid);
	if (finding->cited.count) {
		buffer_print(&text, "%s", operations ? "" : ", ");
		put_duration(&text, style, finding->cited.slowest_ns);
		buffer_print(&text, ", begun ");
		put_duration(&text, style, finding->cited.offset_ns);
		buffer_print(&text, " into the run");
	}
	if (finding->cited.site)
		buffer_print(&text, ", from %s", finding->cited.site);
	if (process && operations && process->pid > 0)
		buffer_print(&text, "; process %s %d", process->program, process->pid);
	put_wrapped_after(buffer, style,
			  !operations		      ? "   Process: "
			  : finding->cited.count == 1 ? "   Operation: "
						      : "   Operations: ",
			  5, buffer_text(&text));
	buffer_free(&text);
}

/* `item` for each finding that is shown, or `none` where there is none. */
static void each_finding(struct buffer *buffer, const struct style *style,
			 const struct model *model, const struct table *table, const char *none,
			 void (*item)(struct buffer *buffer, const struct style *style,
				      const struct model *model, const struct finding *finding))
{
	struct rows rows;
	size_t shown;

	if (!model->findings.count)
		buffer_print(buffer, "%s\n", none);
	rows_get(&rows, table, style, model);
	shown = rows_shown(table, style, rows.count, ROWS_USUAL);
	for (size_t i = 0; i < shown; i++)
		item(buffer, style, model, rows.items[i]);
	put_more(buffer, rows.count, shown);
	rows_free(&rows);
}

static void put_number(struct buffer *buffer, const struct style *style, const struct model *model,
		       const struct finding *finding, const char *text)
{
	char number[32];

	snprintf(number, sizeof(number), "%td. ", finding - model->findings.items + 1);
	put_wrapped_after(buffer, style, number, 3, text);
}

static void put_bottleneck(struct buffer *buffer, const struct style *style,
			   const struct model *model, const struct finding *finding)
{
	put_number(buffer, style, model, finding, finding->description);
	put_wrapped_after(buffer, style, "   Impact: ", 5, finding->impact);
	put_wrapped_after(buffer, style, "   Recommendation: ", 5, finding->recommendation);
	put_citation(buffer, style, model, finding);
}

static void put_recommendation(struct buffer *buffer, const struct style *style,
			       const struct model *model, const struct finding *finding)
{
	struct buffer text = {0};

	buffer_print(&text, "%s (%s", finding->recommendation, finding->rule);
	if (finding->impact_ns > 0) {
		buffer_print(&text, ", saves up to ");
		put_duration(&text, style, finding->impact_ns);
	}
	buffer_print(&text, ")");
	put_number(buffer, style, model, finding, buffer_text(&text));
	if (finding->command)
		put_wrapped_after(buffer, style, "   Try: ", 5, finding->command);
	buffer_free(&text);
}

void text_bottlenecks(struct buffer *buffer, const struct style *style, const struct model *model)
{
	each_finding(buffer, style, model, &bottlenecks_table,
		     "No significant bottlenecks detected.", put_bottleneck);
}

void text_recommendations(struct buffer *buffer, const struct style *style,
			  const struct model *model)
{
	each_finding(buffer, style, model, &recommendations_table,
		     "Performance is optimal. No recommendations at this time.",
		     put_recommendation);
}

void put_diagnosis(struct buffer *buffer, const struct style *style, const struct model *model)
{
	const struct finding *finding = model->findings.items;

	if (!model->findings.count)
		return;
	put_wrapped_after(buffer, style,
			  finding->impact_ns > model->summary.wall_ns / 2 ? "Most of it: "
			  : finding->impact_ns > 0			  ? "First to look at: "
									  : "Note: ",
			  0, finding->description);
	put_wrapped_after(buffer, style, "Try: ", 0, finding->recommendation);
	buffer_print(buffer, "\n");
}
