// SPDX-License-Identifier: Apache-2.0
#include "link/control.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>

#include "base/amount.h"
#include "documents/fields.h"
#include "documents/text_rules.h"
#include "link/frame.h"

namespace countersign::link {
namespace {

namespace json = boost::json;
using documents::ObjectReader;

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMaxToken = 128;
constexpr std::size_t kMaxOrigin = 300;
constexpr std::size_t kMaxProfiles = 8;
constexpr std::size_t kMaxProfile = 16;
constexpr std::size_t kMaxLines = 200;
constexpr std::size_t kMaxSku = 64;
constexpr std::size_t kMaxDescription = 200;
constexpr std::size_t kCodeDigits = 6;
constexpr std::size_t kMaxErrorName = 64;

template <typename T>
struct Word {
  T value;
  std::string_view name;
};
constexpr std::array<Word<PurchaseState>, 4> kStates{{{PurchaseState::kAsked, "asked"},
                                                      {PurchaseState::kReview, "review"},
                                                      {PurchaseState::kApproved, "approved"},
                                                      {PurchaseState::kConfirming, "confirming"}}};
constexpr std::array<Word<Outcome>, 7> kOutcomes{{{Outcome::kConfirmed, "confirmed"},
                                                  {Outcome::kRefused, "refused"},
                                                  {Outcome::kCancelled, "cancelled"},
                                                  {Outcome::kFailed, "failed"},
                                                  {Outcome::kPartly, "partly"},
                                                  {Outcome::kUndecided, "undecided"},
                                                  {Outcome::kLeftOut, "left_out"}}};
constexpr std::array<Word<CancelledBy>, 3> kCancellers{
    {{CancelledBy::kBrowser, "browser"}, {CancelledBy::kShop, "shop"}, {CancelledBy::kWallet, "wallet"}}};

template <typename T, std::size_t size>
std::string_view name_in(const std::array<Word<T>, size>& words, T value) {
  return std::find_if(words.begin(), words.end(), [&](const auto& word) { return word.value == value; })
      ->name;
}

template <typename T, std::size_t size>
Result<T> read_word(ObjectReader& reader, std::string_view member, const std::array<Word<T>, size>& words) {
  TRY(const std::string text, reader.text(member, kMaxErrorName));
  const auto found =
      std::find_if(words.begin(), words.end(), [&](const auto& word) { return word.name == text; });
  if (found == words.end())
    return fail(ErrorCode::kMalformed, std::string(member) + ": a word that is not known");
  return found->value;
}

Result<std::string> read_purchase(ObjectReader& reader) {
  return documents::read_uuid(reader, "purchase", '4');
}

Result<std::string> read_token(ObjectReader& reader, std::string_view member) {
  TRY(std::string text, reader.text(member, kMaxToken));
  if (!documents::is_token(text))
    return fail(ErrorCode::kMalformed, std::string(member) + ": characters that do not belong there");
  return text;
}

// https://host or https://host:port; whether the host is one is for those to judge who connect to it.
Result<void> check_origin(std::string_view origin, std::string_view member) {
  constexpr std::string_view kHttps = "https://";
  const bool plain = origin.size() > kHttps.size() && origin.starts_with(kHttps) &&
                     std::all_of(origin.begin() + kHttps.size(), origin.end(), [](char c) {
                       return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
                              c == ':' || c == '[' || c == ']';
                     });
  if (!plain) return fail(ErrorCode::kMalformed, std::string(member) + ": not an https origin");
  return ok();
}

Result<std::string> read_origin(ObjectReader& reader, std::string_view member) {
  TRY(std::string origin, reader.text(member, kMaxOrigin));
  TRY(check_origin(origin, member));
  return origin;
}

bool is_code(std::string_view text) {
  return text.size() == kCodeDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<NamedCheckout> read_checkout(ObjectReader& reader) {
  NamedCheckout named;
  TRY(named.gateway, read_origin(reader, "gateway"));
  TRY(named.checkout, read_token(reader, "checkout"));
  TRY(named.token, read_token(reader, "token"));
  TRY(named.profiles, reader.texts("profiles", kMaxProfiles, kMaxProfile));
  if (named.profiles.empty()) return fail(ErrorCode::kMalformed, "profiles: none");
  return named;
}

// One checkout stands in the message itself, several in a list.
Result<std::vector<NamedCheckout>> read_checkouts(ObjectReader& reader) {
  std::vector<NamedCheckout> all;
  if (!reader.has("checkouts")) {
    TRY(auto only, read_checkout(reader));
    all.push_back(std::move(only));
    return all;
  }
  TRY(auto items, reader.objects("checkouts", kMostCheckouts));
  for (auto& item : items) {
    TRY(auto one, read_checkout(item));
    TRY(item.finish());
    all.push_back(std::move(one));
  }
  if (all.size() < 2) return fail(ErrorCode::kMalformed, "checkouts: one goes without a list");
  TRY(check_together(all));
  return all;
}

Result<Control> read_start(ObjectReader& reader) {
  Start start;
  TRY(start.purchase, read_purchase(reader));
  TRY(start.checkouts, read_checkouts(reader));
  TRY(start.origin, reader.text("origin", kMaxOrigin, 0));
  TRY(start.attested, reader.boolean("attested"));
  TRY(start.code, reader.text("code", kCodeDigits, 0));
  if (start.attested || start.checkouts.size() > 1 || !start.origin.empty()) {
    TRY(check_origin(start.origin, "origin"));
  }
  if (start.attested ? !start.code.empty() : !is_code(start.code))
    return fail(ErrorCode::kMalformed, "code: six digits exactly when no browser attests the origin");
  return Control(std::move(start));
}

Result<Control> read_cancel(ObjectReader& reader) {
  Cancel cancel;
  TRY(cancel.purchase, read_purchase(reader));
  TRY(cancel.by, read_word(reader, "by", kCancellers));
  if (reader.has("gateway")) {
    TRY(cancel.gateway, read_origin(reader, "gateway"));
    if (cancel.by == CancelledBy::kBrowser) return fail(ErrorCode::kMalformed, "gateway: is not who cancels");
  }
  return Control(std::move(cancel));
}

Result<Control> read_progress(ObjectReader& reader) {
  Progress progress;
  TRY(progress.purchase, read_purchase(reader));
  TRY(progress.state, read_word(reader, "state", kStates));
  return Control(std::move(progress));
}

Result<ShownOrder::Line> read_line(ObjectReader& reader) {
  ShownOrder::Line line;
  TRY(line.sku, reader.text("sku", kMaxSku));
  TRY(line.description, reader.text("description", kMaxDescription));
  TRY(line.quantity, reader.integer("quantity", 1, kLargestInteger));
  TRY(line.unit_price, reader.integer("unitPrice", 0, kLargestInteger));
  TRY(reader.finish());
  return line;
}

Result<ShownOrder> read_order(ObjectReader& reader) {
  ShownOrder order;
  TRY(order.merchant, reader.text("merchant", documents::kMaxNameText));
  TRY(order.origin, read_origin(reader, "origin"));
  TRY(auto lines, reader.objects("lines", kMaxLines));
  for (auto& each : lines) {
    TRY(auto line, read_line(each));
    order.lines.push_back(std::move(line));
  }
  TRY(order.total, reader.integer("total", 0, kLargestInteger));
  TRY(order.currency, reader.text("currency", 3, 3));
  TRY(reader.finish());
  return order;
}

Result<Control> read_review(ObjectReader& reader) {
  Review review;
  TRY(review.purchase, read_purchase(reader));
  TRY(const bool no_forward, reader.boolean("noForward"));
  if (!no_forward) return fail(ErrorCode::kMalformed, "noForward: a review is never forwarded");
  TRY(const auto others, reader.integer("others", 0, kMostCheckouts - 1));
  review.others = static_cast<std::size_t>(others);
  if (!reader.has("orders")) {
    TRY(auto only, reader.object("order"));
    TRY(auto order, read_order(only));
    review.orders.push_back(std::move(order));
    return Control(std::move(review));
  }
  TRY(auto items, reader.objects("orders", kMostCheckouts));
  for (auto& item : items) {
    TRY(auto order, read_order(item));
    review.orders.push_back(std::move(order));
  }
  if (review.orders.size() < 2) return fail(ErrorCode::kMalformed, "orders: one goes without a list");
  return Control(std::move(review));
}

// `code` as it goes with the outcome.
Result<std::optional<ErrorCode>> read_code(ObjectReader& reader, Outcome outcome) {
  TRY(const std::string name, reader.text_or_null("code", kMaxErrorName));
  if ((outcome == Outcome::kConfirmed) != name.empty())
    return fail(ErrorCode::kMalformed, "code: null exactly when confirmed");
  if (name.empty()) return std::optional<ErrorCode>();
  return std::optional(error_of_name(name).value_or(ErrorCode::kInternal));
}

Result<EndedCheckout> read_ended_checkout(ObjectReader& reader) {
  EndedCheckout ended;
  TRY(ended.gateway, read_origin(reader, "gateway"));
  TRY(ended.outcome, read_word(reader, "outcome", kOutcomes));
  if (ended.outcome == Outcome::kPartly)
    return fail(ErrorCode::kMalformed, "outcome: one checkout is no part");
  TRY(ended.code, read_code(reader, ended.outcome));
  TRY(reader.finish());
  return ended;
}

Result<Control> read_ended(ObjectReader& reader) {
  Ended ended;
  TRY(ended.purchase, read_purchase(reader));
  TRY(ended.outcome, read_word(reader, "outcome", kOutcomes));
  if (ended.outcome == Outcome::kLeftOut)
    return fail(ErrorCode::kMalformed, "outcome: of one checkout of several only");
  TRY(ended.code, read_code(reader, ended.outcome));
  if (reader.has("checkouts")) {
    TRY(auto items, reader.objects("checkouts", kMostCheckouts));
    for (auto& item : items) {
      TRY(auto one, read_ended_checkout(item));
      ended.checkouts.push_back(std::move(one));
    }
  }
  if (ended.outcome == Outcome::kPartly && ended.checkouts.empty())
    return fail(ErrorCode::kMalformed, "checkouts: none, of which some are confirmed");
  return Control(std::move(ended));
}

Result<Control> read_body(ObjectReader& reader, std::string_view type) {
  if (type == "start") return read_start(reader);
  if (type == "payment-information-request") {
    TRY(auto purchase, read_purchase(reader));
    return Control(PaymentInformationRequest{std::move(purchase)});
  }
  if (type == "cancel") return read_cancel(reader);
  if (type == "progress") return read_progress(reader);
  if (type == "review") return read_review(reader);
  if (type == "ended") return read_ended(reader);
  return fail(ErrorCode::kUnsupported, "type: a message that is not known");
}

json::object begin(std::string_view type, const std::string& purchase) {
  auto object = documents::begin_document(type);
  object["purchase"] = purchase;
  return object;
}

void put_checkout(const NamedCheckout& named, json::object& object) {
  object["gateway"] = named.gateway;
  object["checkout"] = named.checkout;
  object["token"] = named.token;
  object["profiles"] = json::array(named.profiles.begin(), named.profiles.end());
}

json::value code_value(const std::optional<ErrorCode>& code) {
  return code ? json::value(error_name(*code)) : json::value(nullptr);
}

struct Writer {
  json::object operator()(const Start& start) const {
    auto object = begin("start", start.purchase);
    if (start.checkouts.size() == 1) {
      put_checkout(start.checkouts.front(), object);
    } else {
      json::array all;
      for (const auto& named : start.checkouts)
        put_checkout(named, all.emplace_back(json::object()).as_object());
      object["checkouts"] = std::move(all);
    }
    object["origin"] = start.origin;
    object["attested"] = start.attested;
    object["code"] = start.code;
    return object;
  }
  json::object operator()(const PaymentInformationRequest& request) const {
    return begin("payment-information-request", request.purchase);
  }
  json::object operator()(const Cancel& cancel) const {
    auto object = begin("cancel", cancel.purchase);
    object["by"] = cancelled_by_name(cancel.by);
    if (!cancel.gateway.empty()) object["gateway"] = cancel.gateway;
    return object;
  }
  json::object operator()(const Progress& progress) const {
    auto object = begin("progress", progress.purchase);
    object["state"] = state_name(progress.state);
    return object;
  }
  json::object operator()(const Review& review) const {
    auto object = begin("review", review.purchase);
    object["noForward"] = true;
    object["others"] = review.others;
    put_orders(review.orders, object);
    return object;
  }
  json::object operator()(const Ended& ended) const {
    auto object = begin("ended", ended.purchase);
    object["outcome"] = outcome_name(ended.outcome);
    object["code"] = code_value(ended.code);
    if (!ended.checkouts.empty()) object["checkouts"] = array_of(ended.checkouts);
    return object;
  }
};

}  // namespace

json::object object_of(const ShownOrder& order) {
  json::array lines;
  for (const auto& line : order.lines)
    lines.push_back({{"sku", line.sku},
                     {"description", line.description},
                     {"quantity", line.quantity},
                     {"unitPrice", line.unit_price}});
  return {{"merchant", order.merchant},
          {"origin", order.origin},
          {"lines", std::move(lines)},
          {"total", order.total},
          {"currency", order.currency}};
}

void put_orders(const std::vector<ShownOrder>& orders, json::object& object) {
  if (orders.size() == 1) {
    object["order"] = object_of(orders.front());
    return;
  }
  json::array all;
  for (const auto& order : orders) all.push_back(object_of(order));
  object["orders"] = std::move(all);
}

json::array array_of(const std::vector<EndedCheckout>& checkouts) {
  json::array all;
  for (const auto& ended : checkouts)
    all.push_back({{"gateway", ended.gateway},
                   {"outcome", outcome_name(ended.outcome)},
                   {"code", code_value(ended.code)}});
  return all;
}

Result<void> check_together(const std::vector<NamedCheckout>& checkouts) {
  if (checkouts.size() > kMostCheckouts) return fail(ErrorCode::kTooLarge, "checkouts: too many");
  for (auto one = checkouts.begin(); one != checkouts.end(); ++one) {
    const auto is_same = [&](const auto& other) { return other.gateway == one->gateway; };
    if (std::any_of(checkouts.begin(), one, is_same))
      return fail(ErrorCode::kMalformed, "checkouts: a gateway stands twice");
  }
  return ok();
}

Result<Control> read_control(BytesView bytes) {
  if (bytes.size() > kMaxPayload) return fail(ErrorCode::kTooLarge, "link message");
  TRY(auto value, documents::parse_json(bytes));
  const auto* object = value.if_object();
  const auto* type = object == nullptr ? nullptr : object->if_contains("type");
  if (type == nullptr || !type->is_string()) return fail(ErrorCode::kMalformed, "type: missing");
  const std::string name(type->get_string());
  TRY(auto reader, ObjectReader::of(std::move(value), name));
  TRY(reader.expect(name, kVersion));
  TRY(auto message, read_body(reader, name));
  TRY(reader.finish());
  return message;
}

Result<Bytes> write_control(const Control& message) {
  Bytes bytes = to_bytes(documents::write_json(std::visit(Writer(), message)));
  TRY(const auto again, read_control(bytes));
  if (again != message) return fail(ErrorCode::kMalformed, "link message: does not read as it was meant");
  return bytes;
}

Result<OpenChannel> read_open(BytesView bytes) {
  TRY(auto reader, ObjectReader::parse(bytes, "open"));
  TRY(reader.expect("open", kVersion));
  OpenChannel open;
  TRY(open.gateway, read_origin(reader, "gateway"));
  TRY(reader.finish());
  return open;
}

Result<Bytes> write_open(const OpenChannel& open) {
  TRY(check_origin(open.gateway, "gateway"));
  auto object = documents::begin_document("open");
  object["gateway"] = open.gateway;
  return to_bytes(documents::write_json(object));
}

std::optional<ErrorCode> read_close(BytesView payload) {
  if (payload.empty()) return std::nullopt;
  return error_of_name(as_text(payload)).value_or(ErrorCode::kInternal);
}

Bytes write_close(std::optional<ErrorCode> reason) {
  return reason ? to_bytes(error_name(*reason)) : Bytes();
}

std::string_view state_name(PurchaseState state) {
  return name_in(kStates, state);
}

std::string_view outcome_name(Outcome outcome) {
  return name_in(kOutcomes, outcome);
}

std::string_view cancelled_by_name(CancelledBy by) {
  return name_in(kCancellers, by);
}

}  // namespace countersign::link
