// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "crypto/digest.h"
#include "documents/fields.h"
#include "documents/json.h"
#include "documents/order_lines.h"
#include "evidence/report_findings.h"
#include "evidence/report_log.h"
#include "evidence/report_stamps.h"
#include "evidence/verify.h"

namespace countersign::evidence {
namespace {

namespace json = boost::json;

std::string_view status_text(const Status& status) {
  if (!status.answer) return "unproven";
  switch (status.answer->status.kind) {
    case x509::StatusKind::kGood:
      return "good";
    case x509::StatusKind::kRevoked:
      return status.answer->status.reason == x509::RevocationReason::kCertificateHold ? "on-hold" : "revoked";
    case x509::StatusKind::kUnknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view key_origin_text(const x509::Certificate& certificate) {
  const auto origin = certificate.key_origin();
  if (!origin) return "";
  return *origin == x509::KeyOrigin::kAuthority ? "authority" : "holder";
}

bool is_degraded(const Report& report) {
  return std::ranges::any_of(report.statuses, &Status::degraded);
}

std::string verdict(const Report& report) {
  const std::string kind(kind_name(report.kind));
  if (!report.is_valid()) return "NOT VALID: this " + kind + " is not proven";
  const bool is_receipt = report.kind == EvidenceKind::kReceipt;
  if (is_receipt || report.kind == EvidenceKind::kConfirmation)
    return (is_degraded(report)
                ? "VALID, DEGRADED: the authority confirmed this transaction by what it last knew"
                : "VALID: the authority confirmed this transaction") +
           (is_receipt && report.log ? log_verdict(*report.log) : std::string());
  if (report.kind == EvidenceKind::kRefusal) return "VALID: the authority refused this request";
  return "VALID: every signature in this " + kind + " verifies; nobody has confirmed it yet";
}

void write_order_lines(std::string& text, const documents::Order& order) {
  text += "order " + order.id + " at " + order.origin + ", created " + format_time(order.created) + "\n";
  if (order.group)
    text += "  approved with others: one of " + std::to_string(order.group->count) + " in the group " +
            order.group->id + "\n";
  for (const auto& line : order.lines) {
    text += "  " + std::to_string(line.quantity) + " x " + line.description + " (" + line.sku + ") at " +
            format_amount({line.unit_price, order.total.currency}) + "\n";
  }
  text += "  total " + format_amount(order.total) + "\n";
}

void write_review_lines(std::string& text, const Report& report) {
  if (report.confirmation && report.confirmation->review) {
    const bool is_known = report.order && report.order->card_company;
    text += "  reviewed by card company " +
            (is_known ? report.order->card_company->subject.text() : std::string("(not readable)")) +
            ", authorization " + report.confirmation->review->code + "\n";
  }
  if (!report.review_result) return;
  const documents::ReviewResult& result = *report.review_result;
  text += "review result of " + result.terms.card_company.subject.text() + ", decided " +
          format_time(result.decided) + "\n  " +
          (result.approved
               ? "approved: " + format_amount(result.terms.amount) + ", authorization " + result.authorization
               : "declined: " + result.code) +
          (result.capture_until ? ", until " + format_time(*result.capture_until) : "") + "\n";
}

void write_as_of(std::string& text, const Status& status, TimePoint decided) {
  if (!status.as_of) return;
  if (!status.degraded) {
    text += "  nothing else told by its home until " + format_time(*status.as_of) + "\n";
    return;
  }
  const auto age = std::chrono::duration_cast<Seconds>(decided - *status.as_of);
  text += "  DEGRADED: its home could not be reached. Nothing newer was known than " +
          format_time(*status.as_of) + ", " + std::to_string(age.count()) +
          " s before the decision; it may have been revoked since. The authority's operator had chosen to "
          "confirm such amounts all the same.\n";
}

void put_until(const std::optional<TimePoint>& until, json::object& object) {
  if (until) object["until"] = format_time(*until);
}

json::object object_of(const Signature& signature) {
  json::object object{{"path", signature.path},
                      {"role", x509::profile_of(signature.role).name},
                      {"subject", signature.signer.subject().text()},
                      {"issuer", signature.signer.issuer().text()},
                      {"serial", signature.signer.serial().hex()},
                      {"certificate", hex_encode(signature.signer.fingerprint())},
                      {"keyOrigin", key_origin_text(signature.signer)},
                      {"registeredBy", signature.signer.registered_by()},
                      {"signingTime", format_time(signature.signing_time)},
                      {"valid", signature.is_valid}};
  put_until(signature.until, object);
  return object;
}

json::object object_of(const Status& status) {
  json::object object{{"path", status.path},
                      {"subject", status.subject.subject().text()},
                      {"serial", status.subject.serial().hex()},
                      {"status", status_text(status)}};
  if (status.answer) {
    object["thisUpdate"] = format_time(status.answer->this_update);
    object["nextUpdate"] = format_time(status.answer->next_update);
  }
  if (status.as_of) object["asOf"] = format_time(*status.as_of);
  if (status.degraded) object["degraded"] = true;
  put_until(status.until, object);
  return object;
}

json::object object_of(const documents::Order& order, BytesView bytes) {
  json::object object{{"id", order.id},
                      {"digest", hex_encode(crypto::sha256(bytes))},
                      {"profile", documents::profile_name(order.profile)},
                      {"merchant", order.merchant.subject.text()},
                      {"purchaser", order.purchaser.subject.text()},
                      {"origin", order.origin},
                      {"authority", order.authority.text()},
                      {"cardCompany", nullptr},
                      {"lines", documents::write_order_lines(order.lines)},
                      {"total", documents::write_amount(order.total)},
                      {"created", format_time(order.created)},
                      {"expires", format_time(order.expires)}};
  if (order.card_company) object["cardCompany"] = order.card_company->subject.text();
  documents::put_group(order.group, object);
  return object;
}

json::object object_of(const documents::Confirmation& confirmation) {
  json::object object{{"id", confirmation.id},
                      {"dataCentre", confirmation.data_centre.text()},
                      {"index", confirmation.index},
                      {"log", nullptr},
                      {"time", format_time(confirmation.time)},
                      {"orderId", confirmation.order_id},
                      {"orderDigest", hex_encode(confirmation.order_digest)},
                      {"total", documents::write_amount(confirmation.total)},
                      {"review", nullptr}};
  if (confirmation.log) object["log"] = *confirmation.log;
  if (confirmation.review) {
    object["review"] = json::object{{"digest", hex_encode(confirmation.review->digest)},
                                    {"authorization", confirmation.review->code}};
  }
  return object;
}

json::object object_of(const documents::ReviewResult& result) {
  json::object object{{"cardCompany", result.terms.card_company.subject.text()},
                      {"merchant", result.terms.merchant.subject.text()},
                      {"purchaser", result.terms.purchaser.subject.text()},
                      {"transaction", result.terms.transaction},
                      {"amount", documents::write_amount(result.terms.amount)},
                      {"instruction", hex_encode(result.instruction)},
                      {"verdict", result.approved ? "approved" : "declined"},
                      {"decided", format_time(result.decided)}};
  if (result.approved) {
    object["authorization"] = result.authorization;
  } else {
    object["code"] = result.code;
  }
  if (result.capture_until) object["captureUntil"] = format_time(*result.capture_until);
  return object;
}

json::object object_of(const documents::Refusal& refusal) {
  json::array reasons;
  for (const auto& reason : refusal.reasons) {
    reasons.push_back(json::object{{"code", error_name(reason.code)}, {"detail", reason.detail}});
  }
  return {{"dataCentre", refusal.data_centre.text()},
          {"time", format_time(refusal.time)},
          {"orderId", refusal.order_id},
          {"final", refusal.final},
          {"reasons", std::move(reasons)}};
}

}  // namespace

std::string write_report_text(const Report& report) {
  std::string text = verdict(report) + "\n";
  text += write_findings_text(report.findings, "  ");
  if (!report.is_valid()) text += "What follows is what it claims:\n";
  if (report.confirmation) {
    const auto& confirmation = *report.confirmation;
    text += "confirmation " + confirmation.id + " of " + confirmation.data_centre.text() + ", number " +
            std::to_string(confirmation.index) + ", decided " + format_time(confirmation.time) + "\n";
  }
  if (report.refusal) {
    text += "refusal of " + report.refusal->data_centre.text() + ", decided " +
            format_time(report.refusal->time) + (report.refusal->final ? ", final\n" : ", temporary\n");
    for (const auto& reason : report.refusal->reasons) {
      text += "  because: " + std::string(error_name(reason.code)) + ": " + reason.detail + "\n";
    }
  }
  write_review_lines(text, report);
  if (report.order) write_order_lines(text, *report.order);
  for (const auto& signature : report.signatures) {
    text += signature.path + " signed by " + signature.signer.subject().text() + "\n  as " +
            std::string(x509::profile_of(signature.role).name) + ", " + format_time(signature.signing_time) +
            ", certificate " + signature.signer.serial().hex() +
            (signature.is_valid ? "\n" : ", NOT VALID\n");
    if (signature.until) text += "  relied on until " + format_time(*signature.until) + "\n";
    const auto origin = key_origin_text(signature.signer);
    if (!origin.empty()) text += "  key made by the " + std::string(origin) + "\n";
    if (!signature.signer.registered_by().empty())
      text += "  registered by " + signature.signer.registered_by() + "\n";
  }
  for (const auto& status : report.statuses) {
    text += status.path + ": " + status.subject.subject().text() + " was " + std::string(status_text(status));
    if (status.answer) {
      text += ", stated " + format_time(status.answer->this_update) + " until " +
              format_time(status.answer->next_update);
    }
    text += "\n";
    if (status.until) text += "  relied on until " + format_time(*status.until) + "\n";
    write_as_of(text, status, report.decided_at);
  }
  write_log_lines(text, report);
  if (report.is_valid() && report.until())
    text +=
        "all of this is relied on until " + format_time(*report.until()) +
        ", when the first of its certificates ends; later only with what shows that it was there before\n";
  write_stamp_lines(text, report);
  return text;
}

std::string write_report_json(const Report& report) {
  json::array signatures, statuses;
  for (const auto& signature : report.signatures) signatures.push_back(object_of(signature));
  for (const auto& status : report.statuses) statuses.push_back(object_of(status));
  json::object object{{"type", "verification-report"},
                      {"version", 1},
                      {"valid", report.is_valid()},
                      {"kind", kind_name(report.kind)},
                      {"decidedAt", format_time(report.decided_at)},
                      {"findings", array_of(report.findings)},
                      {"signatures", std::move(signatures)},
                      {"statuses", std::move(statuses)}};
  put_until(report.until(), object);
  put_log(report, object);
  put_stamps(report, object);
  if (report.confirmation) object["confirmation"] = object_of(*report.confirmation);
  if (report.refusal) object["refusal"] = object_of(*report.refusal);
  if (report.review_result) object["reviewResult"] = object_of(*report.review_result);
  if (report.order) object["order"] = object_of(*report.order, report.order_bytes);
  return documents::write_json(object);
}

}  // namespace countersign::evidence
