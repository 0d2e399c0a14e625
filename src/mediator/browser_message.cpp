// SPDX-License-Identifier: Apache-2.0
#include "mediator/browser_message.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "http/message.h"

namespace countersign::mediator {
namespace {

namespace json = boost::json;

Result<BrowserMessage> read_start(documents::ObjectReader& message) {
  TRY(auto notice, read_notice(message));
  return BrowserMessage(StartPurchase{std::move(notice)});
}

Result<BrowserMessage> read_answer(documents::ObjectReader& message) {
  TRY(const auto word, message.text("answer", 16));
  if (word == "continue") return BrowserMessage(AnswerReview{ReviewAnswer::kContinue});
  if (word == "cancel") return BrowserMessage(AnswerReview{ReviewAnswer::kCancel});
  return fail(ErrorCode::kMalformed, "message.answer: continue or cancel");
}

Result<BrowserMessage> read_typed(documents::ObjectReader& message, std::string_view type) {
  if (type == "start") return read_start(message);
  if (type == "answer") return read_answer(message);
  if (type == "cancel") return BrowserMessage(CancelPurchase{});
  if (type == "status") return BrowserMessage(AskStatus{});
  return fail(ErrorCode::kUnsupported, "message: unknown type");
}

}  // namespace

Result<BrowserMessage> read_browser_message(BytesView text) {
  TRY(auto message,
      documents::ObjectReader::parse(text, "message", {.bytes = kMaxBrowserMessage, .depth = 4}));
  TRY(const auto type, message.text("type", 32));
  TRY(auto read, read_typed(message, type));
  TRY(message.finish());
  return read;
}

PurchaseEnd end_of(link::Outcome outcome, std::optional<ErrorCode> code) {
  return {outcome, code, code ? std::string(http::remedy_of(*code)) : std::string()};
}

std::string write_status(const Equipment& equipment, std::string_view version) {
  json::array parts;
  for (const Part& part : equipment.parts) {
    parts.push_back(json::object{{"name", part.name}, {"state", part.state}, {"remedy", part.remedy}});
  }
  return documents::write_json(json::object{
      {"type", "status"}, {"version", version}, {"pairings", equipment.pairings}, {"parts", parts}});
}

std::string write_progress(std::string_view state) {
  return documents::write_json(json::object{{"type", "progress"}, {"state", state}});
}

std::string write_review(const std::vector<link::ShownOrder>& orders, std::size_t not_shown) {
  json::object message{{"type", "review"}};
  link::put_orders(orders, message);
  message["notShown"] = not_shown;
  return documents::write_json(message);
}

std::string write_end(const PurchaseEnd& end) {
  json::object message{{"type", "ended"}, {"outcome", link::outcome_name(end.outcome)}};
  if (end.code) {
    message["code"] = error_name(*end.code);
    message["remedy"] = end.remedy;
  }
  if (!end.checkouts.empty()) message["checkouts"] = link::array_of(end.checkouts);
  return documents::write_json(message);
}

std::string write_error(const Error& error, std::string_view remedy) {
  return documents::write_json(json::object{
      {"type", "error"}, {"code", error_name(error.code)}, {"detail", error.detail}, {"remedy", remedy}});
}

}  // namespace countersign::mediator
