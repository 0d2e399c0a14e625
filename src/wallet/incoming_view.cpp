// SPDX-License-Identifier: Apache-2.0
#include "wallet/incoming_view.h"

#include <algorithm>
#include <map>

#include "crypto/digest.h"

namespace countersign::wallet {
namespace {

using documents::OrderProfile;

constexpr std::string_view kGroupLabel = "countersign-order-group-1\n";
constexpr std::size_t kGroupBytes = 16;

std::optional<ErrorCode> code_of(const DialogueEnd& end) {
  switch (end.result) {
    case DialogueResult::kConfirmed:
    case DialogueResult::kIdentified:
      return std::nullopt;
    case DialogueResult::kCancelled:
    case DialogueResult::kLeftOut:
      return ErrorCode::kCancelled;
    case DialogueResult::kDeclined:
      return ErrorCode::kForbidden;
    case DialogueResult::kUnknown:
      return ErrorCode::kUnavailable;
    default:
      if (end.code == kNoMeansOfCompany) return ErrorCode::kUnsupported;
      return error_of_name(end.code).value_or(ErrorCode::kUnavailable);
  }
}

// What may be bought yet has not failed.
link::Outcome outcome_of(DialogueResult result) {
  switch (result) {
    case DialogueResult::kConfirmed:
    case DialogueResult::kIdentified:
      return link::Outcome::kConfirmed;
    case DialogueResult::kRefused:
    case DialogueResult::kDeclined:
      return link::Outcome::kRefused;
    case DialogueResult::kCancelled:
      return link::Outcome::kCancelled;
    case DialogueResult::kUnknown:
      return link::Outcome::kUndecided;
    case DialogueResult::kPartly:
      return link::Outcome::kPartly;
    case DialogueResult::kLeftOut:
      return link::Outcome::kLeftOut;
    default:
      return link::Outcome::kFailed;
  }
}

link::EndedCheckout told_end_of(const IncomingSection& section) {
  return {section.gateway, outcome_of(section.end->result), code_of(*section.end)};
}

// The end that the holder must know first, of those that are no confirmation; nullptr where there is none.
const DialogueEnd* first_without_confirmation(const std::vector<IncomingSection>& sections) {
  // What may still be decided comes before what is.
  for (const auto result : {DialogueResult::kUnknown, DialogueResult::kRefused, DialogueResult::kDeclined,
                            DialogueResult::kFailed, DialogueResult::kCancelled, DialogueResult::kLeftOut}) {
    const auto found =
        std::ranges::find_if(sections, [&](const auto& section) { return section.end->result == result; });
    if (found != sections.end()) return &*found->end;
  }
  return nullptr;
}

Result<void> add_total(std::vector<Amount>& totals, const Amount& amount) {
  const auto found = std::ranges::find(totals, amount.currency, &Amount::currency);
  if (found == totals.end()) {
    totals.push_back(amount);
    return ok();
  }
  TRY(*found, add(*found, amount));
  return ok();
}

}  // namespace

std::string_view state_name(IncomingState state) {
  switch (state) {
    case IncomingState::kOpening:
      return "opening";
    case IncomingState::kAsked:
      return "asked";
    case IncomingState::kWorking:
      return "working";
    case IncomingState::kReview:
      return "review";
    case IncomingState::kEnded:
      return "ended";
  }
  return "ended";
}

Result<IncomingQuestion> question_of(const IncomingView& view) {
  IncomingQuestion question;
  question.means = view.holder.means;
  for (const auto& section : view.sections) {
    if (!section.asks || !section.request) continue;
    for (const auto& field : section.request->fields) {
      if (std::ranges::find(question.fields, field) == question.fields.end())
        question.fields.push_back(field);
    }
    if (section.request->order) {
      TRY(add_total(question.totals, section.request->order->total));
    }
    const DialogueRequest& request = *section.request;
    const bool pays_anew = !request.standing && !(request.methods.empty() && request.companies.empty());
    if (!pays_anew) continue;
    question.asks_payment = true;
    std::erase_if(question.means, [&](const MeansSummary& one) { return !fits(request, one); });
    std::ranges::stable_partition(question.means,
                                  [&](const MeansSummary& one) { return one.id == request.means; });
  }
  if (!question.asks_payment) question.means.clear();
  return question;
}

std::optional<documents::OrderGroup> group_of(const std::vector<link::NamedCheckout>& checkouts) {
  if (checkouts.size() < 2) return std::nullopt;
  std::vector<std::string> lines;
  lines.reserve(checkouts.size());
  for (const auto& named : checkouts)
    lines.push_back(named.gateway + "\n" + named.checkout + "\n" + named.token + "\n");
  std::ranges::sort(lines);
  std::string set(kGroupLabel);
  for (const auto& line : lines) set += line;
  const auto digest = crypto::sha256(as_bytes(set));
  return documents::OrderGroup{hex_encode(BytesView(digest).first(kGroupBytes)),
                               static_cast<int>(checkouts.size())};
}

std::vector<OrderProfile> permitted_profiles(OrderProfile weakest, const HolderDataSummary& holder) {
  std::vector<OrderProfile> profiles = {OrderProfile::kSet, OrderProfile::kSession, OrderProfile::kPlain,
                                        OrderProfile::kDirect};
  const bool has_company =
      std::ranges::any_of(holder.means, [](const MeansSummary& one) { return one.company.has_value(); });
  std::erase_if(profiles, [&](auto profile) {
    return profile < weakest ||
           (profile == OrderProfile::kSet && !has_company && weakest != OrderProfile::kSet);
  });
  return profiles;
}

link::ShownOrder shown_order(const documents::Order& order) {
  link::ShownOrder shown;
  shown.merchant = order.merchant.subject.text();
  shown.origin = order.origin;
  for (const auto& line : order.lines)
    shown.lines.push_back({line.sku, line.description, line.quantity, line.unit_price});
  shown.total = order.total.minor_units;
  shown.currency = order.total.currency;
  return shown;
}

DialogueEnd joint_end(const std::vector<IncomingSection>& sections) {
  if (sections.size() == 1) return *sections.front().end;
  const auto* first = first_without_confirmation(sections);
  if (first == nullptr) return {DialogueResult::kConfirmed, "", ""};
  const bool is_any_confirmed = std::ranges::any_of(
      sections, [](const auto& section) { return section.end->result == DialogueResult::kConfirmed; });
  return {is_any_confirmed ? DialogueResult::kPartly : first->result, "", first->code};
}

std::string words_of(const CompanyAnswer& answer) {
  const std::string made_with = short_name(answer.company) + ", " +
                                std::string(documents::method_name(answer.method)) + " ···" + answer.ending;
  if (!answer.result) return "no answer kept of " + made_with;
  return answer.result->approved ? "approved by " + made_with
                                 : "declined by " + made_with + ": " + answer.result->code;
}

std::string words_of(const DialogueEnd& end) {
  const std::string by = end.answer ? " (" + words_of(*end.answer) + ")" : "";
  switch (end.result) {
    case DialogueResult::kConfirmed:
      return "Confirmed: order " + end.purchase + by;
    case DialogueResult::kIdentified:
      return "Done.";
    case DialogueResult::kRefused:
      return "not bought, refused by the authority: " + end.code;
    case DialogueResult::kDeclined:
      return "not bought, the payment was declined: " + end.code + by;
    case DialogueResult::kUnknown:
      if (end.code == kRefusedForNow)
        return "signed; the authority refused it for now and may confirm it until the order's time is over, "
               "`resume` asks again";
      return "signed and not decided yet; it may be bought yet, `resume` asks again" +
             (end.code.empty() ? "" : ": " + end.code);
    case DialogueResult::kCancelled:
      return "not bought: cancelled";
    case DialogueResult::kFailed:
      if (end.code == kNoMeansOfCompany)
        return "not bought: no way to pay here is recorded with a card company that the shop works with; add "
               "one "
               "by `means add-card --company`, then begin again at the shop";
      return "not bought: " + end.code;
    case DialogueResult::kPartly:
      return "some of the orders are confirmed, others are not: " + end.code;
    case DialogueResult::kLeftOut:
      return "not bought: left out";
  }
  return end.code;
}

link::Ended told_end(const IncomingView& view) {
  link::Ended ended{view.id, outcome_of(view.end.result), code_of(view.end)};
  if (view.sections.size() == 1) return ended;
  // Some are confirmed: why the others are not is said by one of them.
  if (const auto* first = first_without_confirmation(view.sections)) ended.code = code_of(*first);
  for (const auto& section : view.sections) ended.checkouts.push_back(told_end_of(section));
  return ended;
}

}  // namespace countersign::wallet
