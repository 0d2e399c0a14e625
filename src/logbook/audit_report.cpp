// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "documents/json.h"
#include "logbook/audit.h"
#include "logbook/report.h"

namespace countersign::logbook {
namespace {

namespace json = boost::json;

std::string signature_text(const AuditReport& report) {
  if (!report.was_verified) return "signature not verified: no policy was given";
  if (!report.is_signed) return "NOT SIGNED by a log of the policy";
  std::string text = "signed by the log";
  const std::string part = witnessed_part(report.witnessed_size, report.checkpoint.size);
  for (const Witnessed& one : report.witnesses)
    text += fmt::format(", {}cosigned by {} at {}", part, one.witness, format_time(one.time));
  return text + (report.is_witnessed ? "" : ", NOT ENOUGH WITNESSES for the policy");
}

std::string verdict(const AuditReport& report) {
  if (report.is_clean())
    return report.was_verified
               ? "CLEAN: every file follows from the entries and leads to the signed root"
               : "CLEAN: every file follows from the entries and leads to the checkpoint's root";
  return fmt::format("NOT CLEAN: {} {}", report.findings_in_all,
                     report.findings_in_all == 1 ? "finding" : "findings");
}

}  // namespace

std::string write_audit_text(const AuditReport& report) {
  std::string text = verdict(report) + "\n" + write_findings_text(report.findings, report.findings_in_all);
  if (!report.checkpoint.origin.empty())
    text +=
        fmt::format("checkpoint of {}: {} entries, root {}\n  {}\n", report.checkpoint.origin,
                    report.checkpoint.size, base64_encode(report.checkpoint.root), signature_text(report));
  text += fmt::format("read {} confirmations and {} indices left out, of {} entries\n", report.confirmations,
                      report.left_out, report.size);
  if (report.was_store_compared) text += "compared with the store, entry by entry\n";
  for (const std::string& name : report.old_checkpoints) text += "continues " + name + "\n";
  for (const std::string& remark : report.remarks) text += "note: " + remark + "\n";
  return text;
}

std::string write_audit_json(const AuditReport& report) {
  json::array witnesses, old_checkpoints, remarks;
  for (const Witnessed& one : report.witnesses)
    witnesses.push_back(json::object{{"witness", one.witness}, {"time", format_time(one.time)}});
  for (const std::string& name : report.old_checkpoints) old_checkpoints.emplace_back(name);
  for (const std::string& remark : report.remarks) remarks.emplace_back(remark);
  json::object object{{"type", "log-audit"},
                      {"version", 1},
                      {"clean", report.is_clean()},
                      {"checkpoint", object_of(report.checkpoint)},
                      {"verified", report.was_verified},
                      {"signed", report.is_signed},
                      {"witnessed", report.is_witnessed},
                      {"witnesses", std::move(witnesses)},
                      {"witnessedSize", report.witnessed_size},
                      {"leadsToRoot", report.leads_to_root},
                      {"size", report.size},
                      {"confirmations", report.confirmations},
                      {"leftOut", report.left_out},
                      {"storeCompared", report.was_store_compared},
                      {"continues", std::move(old_checkpoints)},
                      {"findingsInAll", report.findings_in_all},
                      {"findings", array_of(report.findings)},
                      {"remarks", std::move(remarks)}};
  return documents::write_json(object);
}

}  // namespace countersign::logbook
