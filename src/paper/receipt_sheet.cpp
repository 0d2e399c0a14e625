// SPDX-License-Identifier: Apache-2.0
#include "paper/receipt_sheet.h"

#include <algorithm>

#include "crypto/digest.h"
#include "documents/receipt.h"
#include "paper/receipt_link.h"

namespace countersign::paper {
namespace {

using evidence::LogKeySource;
using evidence::LogStatement;
using evidence::Report;
using evidence::Signature;
using evidence::Status;

constexpr std::string_view kMerchantStatus = "confirmation.merchant.ocsp";

std::string until_text(const std::optional<TimePoint>& until) {
  return until ? " Relied on until " + format_time(*until) + "." : "";
}

// The report's own words, so that paper and terminal say the same.
std::string verdict_of(const Report& report) {
  const std::string text = evidence::write_report_text(report);
  return text.substr(0, text.find('\n'));
}

const Signature* signature_in(const Report& report, x509::Role role) {
  const auto found = std::ranges::find(report.signatures, role, &Signature::role);
  return found == report.signatures.end() ? nullptr : &*found;
}

Section purchase_section(const Report& report) {
  const documents::Confirmation& confirmation = *report.confirmation;
  const documents::Order& order = *report.order;
  Section section{.heading = "The purchase"};
  std::string purchaser = order.purchaser.subject.text();
  if (!confirmation.purchaser.registered_by.empty())
    purchaser += ", registered by " + confirmation.purchaser.registered_by;
  section.facts = {{"Bought by", purchaser},
                   {"Bought from", order.merchant.subject.text() + ", at " + order.origin},
                   {"Order", order.id + ", made at " + format_time(order.created)},
                   {"Confirmed at", format_time(confirmation.time)},
                   {"Confirmed by", confirmation.data_centre.text()}};
  if (order.card_company) section.facts.push_back({"Paid by card of", order.card_company->subject.text()});
  if (confirmation.review) section.facts.push_back({"Approval number", confirmation.review->code});
  if (order.group)
    section.facts.push_back(
        {"Approved together", "one of " + std::to_string(order.group->count) + " orders"});
  const std::string& currency = order.total.currency;
  for (const documents::OrderLine& line : order.lines) {
    // The order was accepted, so no line overflows.
    section.lines.push_back({line.description + " (" + line.sku + ")", std::to_string(line.quantity),
                             format_amount({line.unit_price, currency}),
                             format_amount({line.unit_price * line.quantity, currency})});
  }
  section.lines.push_back({"Total", "", "", format_amount(order.total)});
  return section;
}

std::string status_value(const Status& status) {
  std::string text = status.subject.subject().text() + " was good";
  if (status.answer)
    text += ", stated " + format_time(status.answer->this_update) + " until " +
            format_time(status.answer->next_update);
  text += ".";
  if (status.degraded && status.as_of)
    text += " DEGRADED: its home could not be reached, and nothing newer was known than " +
            format_time(*status.as_of) + ". It may have been revoked since.";
  return text + until_text(status.until);
}

void add_signature(const Report& report, x509::Role role, const std::string& term, const std::string& act,
                   Section& section) {
  const Signature* signature = signature_in(report, role);
  if (signature == nullptr) return;
  section.facts.push_back({term, signature->signer.subject().text() + " " + act + " at " +
                                     format_time(signature->signing_time) +
                                     ", by its own clock, with certificate " +
                                     signature->signer.serial().hex() + "." + until_text(signature->until)});
}

std::string log_value(const LogStatement& log) {
  std::string text = log.checkpoint.origin + " holds the confirmation as number " +
                     std::to_string(log.index) + " of " + std::to_string(log.checkpoint.size) +
                     " and has signed that. Its key is named by ";
  if (log.key_source == LogKeySource::kPolicy)
    return text + "the policy of whoever printed this, which says no end.";
  return text + "the network map in the receipt." + until_text(log.until);
}

void add_witnesses(const LogStatement& log, Section& section) {
  for (const evidence::WitnessStatement& witness : log.witnesses) {
    section.facts.push_back(
        {"Witness",
         witness.cosigned
             ? witness.name + " saw the log with it at " + format_time(*witness.cosigned) +
                   " and knew no other history of it. " +
                   (witness.is_own ? "The log’s own data centre runs it: that is nobody else’s word."
                                   : "Relied on as long as its key is trusted.")
             : witness.name + " has not witnessed it."});
  }
  if (!log.has_quorum)
    section.facts.push_back(
        {"Nobody says", "who must have witnessed it, and whether enough have: no policy was given."});
}

// What holds at the time of printing, where that was judged.
std::string age_text(const Report& report) {
  std::string text;
  if (report.stamps && report.stamps->shown)
    text = " Time-stamps show that it was there by " + format_time(*report.stamps->shown) +
           "; they are relied on until " + format_time(*report.stamps->until) + ".";
  const bool is_over = report.judged_at && report.until() && *report.until() <= *report.judged_at;
  if (is_over && text.empty())
    text = " That time is over, and no stamp was given that shows that it was there before.";
  return text;
}

Section vouching_section(const Report& report) {
  Section section{.heading = "Who vouches for it, and until when"};
  add_signature(report, x509::Role::kPurchaser, "Purchaser", "signed the order", section);
  add_signature(report, x509::Role::kMerchant, "Merchant", "countersigned it", section);
  for (const Status& status : report.statuses)
    section.facts.push_back(
        {status.path == kMerchantStatus ? "Merchant’s status" : "Purchaser’s status", status_value(status)});
  add_signature(report, x509::Role::kConfirmationSigner, "Authority", "confirmed it", section);
  section.facts.push_back({"Public log", log_value(*report.log)});
  add_witnesses(*report.log, section);
  for (const evidence::MapStatement& map : report.maps)
    section.facts.push_back({"Network map", "Number " + std::to_string(map.version) + ", signed by " +
                                                map.signer.subject().text() + ", issued " +
                                                format_time(map.issued) + "." + until_text(map.until)});
  section.text = "Everything was judged at the moment of the decision.";
  if (report.until())
    section.text += " All of it is relied on until " + format_time(*report.until()) +
                    ", when the first of its certificates ends; later only with what shows that it was there "
                    "before, as a witness’s cosignature or a time-stamp does." +
                    age_text(report);
  return section;
}

Result<Section> finding_section(const Report& report, BytesView file, const SheetOptions& options) {
  TRY(const documents::Receipt receipt, documents::parse_receipt(file));
  Section section{.heading = "To find it, and to compare"};
  section.facts = {
      {"Confirmation", report.confirmation->id},
      {"Log and number", report.log->checkpoint.origin + ", " + std::to_string(report.log->index)},
      {"Root of the log", base64_encode(report.log->checkpoint.root)},
      {"SHA-256, order", hex_encode(crypto::sha256(report.order_bytes))},
      {"SHA-256, confirmation", hex_encode(crypto::sha256(receipt.confirmation))},
      {"SHA-256, receipt", hex_encode(crypto::sha256(file))}};
  if (!options.link.empty()) section.facts.push_back({"Link", options.link});
  section.text =
      "This paper proves nothing; the receipt does, a file whose name ends in " +
      std::string(documents::kReceiptFileEnding) +
      " and whose SHA-256 is the one above. It was verified at " + format_time(options.verified) +
      ", before this was printed. Whoever doubts it verifies the file. Those who signed the order are given "
      "it by the authority, whenever they prove their key; nobody else is by this address.";
  return section;
}

}  // namespace

Result<Sheet> receipt_sheet(const Report& report, BytesView file, const SheetOptions& options) {
  if (report.kind != evidence::EvidenceKind::kReceipt) return fail(ErrorCode::kUnsupported, "no receipt");
  if (!report.is_valid()) {
    if (report.findings.empty()) return fail(ErrorCode::kSignatureInvalid, "the receipt is not valid");
    const evidence::Finding& first = report.findings.front();
    return fail(first.code, "the receipt is not valid: " + first.path + ": " + first.detail);
  }
  if (!report.confirmation || !report.order || !report.log)
    return fail(ErrorCode::kInternal, "a valid receipt without its parts");
  TRY(const std::string address, receipt_address(report));
  TRY(Section finding, finding_section(report, file, options));
  Sheet sheet{.title = "Receipt",
              .verdict = verdict_of(report),
              .sections = {},
              .foot = report.log->checkpoint.origin + ", number " + std::to_string(report.log->index),
              .qr_text = options.link.empty() ? address : options.link};
  sheet.sections.push_back(purchase_section(report));
  sheet.sections.push_back(vouching_section(report));
  sheet.sections.push_back(std::move(finding));
  return sheet;
}

}  // namespace countersign::paper
