// SPDX-License-Identifier: Apache-2.0
#include "evidence/report_stamps.h"

#include <boost/json/array.hpp>

#include "documents/json.h"
#include "evidence/report_findings.h"

namespace countersign::evidence {
namespace {

namespace json = boost::json;

json::value time_or_null(const std::optional<TimePoint>& time) {
  if (!time) return nullptr;
  return json::value(json::string_view(format_time(*time)));
}

json::object object_of(const StampStatement& stamp) {
  json::array algorithms(stamp.algorithms.begin(), stamp.algorithms.end());
  return {{"authority", stamp.authority},
          {"time", format_time(stamp.time)},
          {"covers", documents::coverage_name(stamp.covers)},
          {"hash", crypto::hash_name(stamp.hash)},
          {"algorithms", std::move(algorithms)},
          {"end", format_time(stamp.end)},
          {"until", format_time(stamp.until)},
          {"counts", stamp.counts}};
}

json::object object_of(const StampsStatement& statement) {
  json::array stamps;
  for (const StampStatement& stamp : statement.stamps) stamps.push_back(object_of(stamp));
  return {{"stamps", std::move(stamps)},
          {"shown", time_or_null(statement.shown)},
          {"until", time_or_null(statement.until)}};
}

void write_stamp_lines(std::string& text, const StampsStatement& stamps) {
  for (const StampStatement& stamp : stamps.stamps) {
    text += "stamped " + format_time(stamp.time) + " by " + stamp.authority + "\n  over the " +
            std::string(documents::coverage_name(stamp.covers)) + " and all stamps before, " +
            std::string(crypto::hash_name(stamp.hash)) + (stamp.counts ? "" : ", DOES NOT COUNT any more") +
            "\n  relied on until " + format_time(stamp.until) +
            (stamp.end < stamp.until ? ", by the stamps over it" : "") + "\n";
  }
  if (!stamps.shown) {
    text += "no stamp counts: they show nothing\n";
    return;
  }
  text += "the stamps show that it was there by " + format_time(*stamps.shown) +
          "; they are relied on until " + format_time(*stamps.until) + ": renew them before that\n";
}

}  // namespace

void write_stamp_lines(std::string& text, const Report& report) {
  if (report.stamps) return write_stamp_lines(text, *report.stamps);
  if (report.judged_at && report.is_valid() && report.until() && *report.until() <= *report.judged_at)
    text += "that time is over, and no stamp was given that shows that it was there before\n";
}

void put_stamps(const Report& report, json::object& object) {
  if (!report.judged_at) return;
  object["judgedAt"] = format_time(*report.judged_at);
  object["stamps"] = nullptr;
  if (report.stamps) object["stamps"] = object_of(*report.stamps);
}

std::string write_judgement_text(const StampsJudgement& judgement) {
  std::string text = write_findings_text(judgement.findings, "");
  if (!judgement.statement.stamps.empty()) write_stamp_lines(text, judgement.statement);
  return text;
}

std::string write_judgement_json(const StampsJudgement& judgement, TimePoint now) {
  return documents::write_json(json::object{{"type", "stamps-report"},
                                            {"version", 1},
                                            {"valid", judgement.findings.empty()},
                                            {"judgedAt", format_time(now)},
                                            {"findings", array_of(judgement.findings)},
                                            {"stamps", object_of(judgement.statement)}});
}

}  // namespace countersign::evidence
