// SPDX-License-Identifier: Apache-2.0
#include "wallet/screen_incoming.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "documents/json.h"
#include "wallet/screen_json.h"

namespace countersign::wallet {
namespace {

namespace json = boost::json;

// A page that waits for a change asks again after so long.
constexpr std::chrono::seconds kLongestWait{20};

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Lines: PIN, number, expiry, holder, company or nothing.
Result<PaymentMeans> card_of_lines(const ScreenRoutes::Lines& lines) {
  documents::CardData card{lines[1].clone(), text_of(lines[2]), text_of(lines[3])};
  if (lines[4].empty()) return PaymentMeans{std::move(card)};
  TRY(auto company, x509::Name::from_text(text_of(lines[4])));
  return PaymentMeans{std::move(card), std::move(company)};
}

// Lines: PIN, bank, number, holder.
Result<PaymentMeans> account_of_lines(const ScreenRoutes::Lines& lines) {
  return PaymentMeans{documents::AccountData{text_of(lines[1]), lines[2].clone(), text_of(lines[3])}};
}

}  // namespace

void IncomingApi::add_to(ScreenRoutes routes) {
  routes.get("/api/incoming", [this](const auto& request) { return show(request); });
  routes.post_lines(
      "/api/incoming/{id}/approve", 5,
      [this](const auto& id, const auto& lines) { return approve(id, lines); }, ScreenRoutes::Filled::kFirst);
  routes.post("/api/incoming/{id}/refuse", [this](const auto& request) {
    return done(desk_.refuse(std::string(request.parameter("id"))));
  });
  routes.post("/api/incoming/{id}/leave-out", [this](const auto& request) -> Answer {
    TRY(const auto gateway, one_text(request, "gateway", 300));
    return done(desk_.leave_out(std::string(request.parameter("id")), gateway));
  });
  routes.post("/api/incoming/{id}/dismiss", [this](const auto& request) {
    return done(desk_.dismiss(std::string(request.parameter("id"))));
  });
  routes.get("/api/pairings", [this](const auto&) { return list_pairings(); });
  routes.post("/api/pairings", [this](const auto& request) -> Answer {
    TRY(const auto link, one_text(request, "link", 2048));
    TRY(pairings_.accept(link));
    return list_pairings();
  });
  routes.post("/api/pairings/{id}/remove", [this](const auto& request) -> Answer {
    TRY(pairings_.remove(std::string(request.parameter("id"))));
    return list_pairings();
  });
  add_data_routes(routes);
}

void IncomingApi::add_data_routes(ScreenRoutes& routes) {
  using Filled = ScreenRoutes::Filled;
  routes.get("/api/holder", [this](const auto&) { return show_summary(data_.summary()); });
  routes.post_lines("/api/holder/review", 1, [this](const auto&, const auto& lines) {
    return with_card(lines, [this] { return show_summary(data_.review()); });
  });
  routes.post_lines("/api/personal", 1, [this](const auto&, const auto& lines) {
    return with_card(lines, [this] { return show_personal(); });
  });
  routes.post_lines(
      "/api/personal/keep", 6,
      [this](const auto&, const auto& lines) {
        return with_card(lines, [&]() -> Answer {
          TRY(data_.keep_personal({text_of(lines[1]), text_of(lines[2]), text_of(lines[3]), text_of(lines[4]),
                                   text_of(lines[5])}));
          return show_personal();
        });
      },
      Filled::kFirst);
  const auto add_means = [this](const Lines& lines, const auto& make) {
    return with_card(lines, [&]() -> Answer {
      TRY(auto means, make(lines));
      TRY(data_.add_means(std::move(means)));
      return show_summary(data_.summary());
    });
  };
  routes.post_lines(
      "/api/means/card", 5,
      [add_means](const auto&, const auto& lines) { return add_means(lines, card_of_lines); },
      Filled::kFirst);
  routes.post_lines("/api/means/account", 4, [add_means](const auto&, const auto& lines) {
    return add_means(lines, account_of_lines);
  });
  routes.post_lines("/api/means/{id}/remove", 1, [this](const auto& id, const auto& lines) {
    return with_card(lines, [&]() -> Answer {
      TRY(data_.remove_means(id));
      return show_summary(data_.summary());
    });
  });
}

// Answers at once when something changed since the version that the page has seen, else when something does.
IncomingApi::Answer IncomingApi::show(const http::Request& request) {
  const auto version = desk_.wait(number_of(request.query_value("seen")), kLongestWait);
  json::object answer{{"version", version}, {"purchase", nullptr}};
  if (const auto view = desk_.view()) answer["purchase"] = describe(*view);
  return http::json_answer(200, answer);
}

// Lines: PIN, names of the fields, id of the way to pay, compared code, number of the question.
IncomingApi::Answer IncomingApi::approve(const std::string& id, const Lines& lines) {
  TRY(auto fields, documents::fields_of_names(split(text_of(lines[1]), ' ')));
  const IncomingApproval approval{
      number_of(text_of(lines[4])), {std::move(fields), text_of(lines[2])}, text_of(lines[3])};
  TRY(desk_.approve(id, approval, lines[0]));
  return http::json_answer(200, json::object{});
}

IncomingApi::Answer IncomingApi::list_pairings() {
  TRY(const auto computers, pairings_.list());
  json::array list;
  for (const auto& computer : computers) {
    list.push_back(json::object{{"id", computer.id},
                                {"name", computer.name},
                                {"waits", computer.is_offer},
                                {"lastUsed", format_time(computer.last_used)}});
  }
  json::object answer{{"listening", link_.listens},
                      {"port", link_.port},
                      {"discoveryPort", link_.discovery_port},
                      {"obstacle", nullptr},
                      {"pairings", std::move(list)}};
  if (link_.obstacle) {
    const auto obstacle = link_.obstacle->obstacle;
    answer["obstacle"] = json::object{{"name", json::string_view(link::obstacle_name(obstacle))},
                                      {"remedy", json::string_view(link::remedy(obstacle))}};
  }
  return http::json_answer(200, answer);
}

IncomingApi::Answer IncomingApi::with_card(const Lines& lines, const std::function<Answer()>& work) {
  TRY(const auto logged_in, LoggedIn::with(parties_.card, lines[0]));
  return work();
}

IncomingApi::Answer IncomingApi::show_personal() {
  TRY(const auto data, data_.personal());
  return http::json_answer(200, json::object{{"name", data.name},
                                             {"address", data.address},
                                             {"birthDate", data.birth_date},
                                             {"telephone", data.telephone},
                                             {"bloodType", data.blood_type}});
}

IncomingApi::Answer IncomingApi::show_summary(const Result<HolderDataSummary>& summary) {
  if (!summary) return fail(summary.error());
  return http::json_answer(200, describe(summary.value()));
}

}  // namespace countersign::wallet
