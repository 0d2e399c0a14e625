// SPDX-License-Identifier: Apache-2.0
#include "wallet/screen_api.h"

#include <algorithm>
#include <array>
#include <thread>

#include "documents/json.h"
#include "wallet/screen_json.h"
#include "wallet/screen_routes.h"

namespace countersign::wallet {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 2> kLocales{"en", "ko"};

template <typename View>
Result<http::Response> shown(Result<View> view) {
  if (!view) return fail(view.error());
  return http::json_answer(200, describe(view.value()));
}

}  // namespace

ScreenApi::ScreenApi(Parties parties, ScreenGate& gate)
    : parties_(parties),
      gate_(gate),
      enrolments_(parties),
      payments_(parties, [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }),
      holder_(parties) {}

void ScreenApi::add_to(http::Router& router) {
  ScreenRoutes routes(router, gate_, card_);
  router.add_blocking("POST", "/api/session", [this](const http::Request& request) {
    auto answer = session(request);
    return answer ? std::move(answer).value() : http::problem_response(answer.error());
  });
  routes.get("/api/state", [this](const auto&) { return state(); });
  routes.post("/api/locale", [this](const auto& request) { return keep_locale(request); });

  routes.post("/api/enrolments", [this](const auto& request) { return begin_enrolment(request); });
  routes.post_lines("/api/enrolments/{id}/open", 2, [this](const auto& id, const auto& secrets) -> Answer {
    TRY(enrolments_.open(id, secrets[0], secrets[1]));
    return show_enrolment(id);
  });
  routes.post_lines("/api/enrolments/{id}/make-keys", 3,
                    [this](const auto& id, const auto& secrets) -> Answer {
                      TRY(enrolments_.make_keys(id, {text_of(secrets[0]), text_of(secrets[1])}, secrets[2]));
                      return show_enrolment(id);
                    });
  routes.post_lines("/api/enrolments/{id}/complete", 1,
                    [this](const auto& id, const auto& secrets) -> Answer {
                      TRY(enrolments_.complete(id, secrets[0]));
                      return show_enrolment(id);
                    });

  routes.post("/api/purchases", [this](const auto& request) { return begin_purchase(request); });
  routes.get("/api/purchases/{id}", [this](const auto& request) {
    return shown(payments_.show(std::string(request.parameter("id"))));
  });
  routes.get("/api/purchases/{id}/confirmation",
             [this](const auto& request) { return save_confirmation(std::string(request.parameter("id"))); });
  routes.post_lines("/api/purchases/{id}/approve", 1, [this](const auto& id, const auto& secrets) {
    return shown(payments_.approve(id, secrets[0]));
  });
  routes.post_lines("/api/purchases/{id}/resume", 1, [this](const auto& id, const auto& secrets) {
    return shown(payments_.resume(id, secrets[0]));
  });
  routes.post("/api/purchases/{id}/cancel", [this](const auto& request) {
    return done(payments_.cancel(std::string(request.parameter("id"))));
  });

  routes.post_lines("/api/certificates", 1,
                    [this](const auto&, const auto& secrets) { return certificates(secrets); });
  routes.post_lines("/api/suspend", 1,
                    [this](const auto&, const auto& secrets) { return done(holder_.suspend(secrets[0])); });
  routes.post_lines("/api/renew", 1,
                    [this](const auto&, const auto& secrets) { return done(holder_.renew(secrets[0])); });
  routes.post_lines("/api/address", 2, [this](const auto&, const auto& secrets) {
    return done(holder_.change_address(text_of(secrets[0]), secrets[1]));
  });
  routes.post_lines("/api/pin", 2, [this](const auto&, const auto& secrets) {
    return done(holder_.change_pin(secrets[0], secrets[1]));
  });
}

ScreenApi::Answer ScreenApi::session(const http::Request& request) {
  TRY(const auto session, gate_.exchange(request));
  auto response = http::json_answer(200, json::object{{"key", session.key}});
  response.headers["Set-Cookie"] = session.cookie;
  return response;
}

ScreenApi::Answer ScreenApi::state() {
  TRY(auto locale, parties_.store.setting("locale", ""));
  json::array enrolments, purchases;
  TRY(const auto records, parties_.store.enrolments());
  for (const auto& record : records) {
    // Renewals that the holder asked for have no merchant's consent to show.
    const auto view = enrolments_.show(record.id);
    if (view) enrolments.push_back(describe(view.value()));
  }
  TRY(const auto payments, payments_.list());
  for (const auto& payment : payments) purchases.push_back(describe(payment));
  json::object state{{"locale", std::move(locale)},
                     {"card", describe(parties_.card)},
                     {"certificate", nullptr},
                     {"enrolments", std::move(enrolments)},
                     {"purchases", std::move(purchases)}};
  const auto identity = find_identity(parties_);
  if (identity) state["certificate"] = describe(identity.value());
  return http::json_answer(200, state);
}

ScreenApi::Answer ScreenApi::keep_locale(const http::Request& request) {
  TRY(const auto locale, one_text(request, "locale", 2));
  if (std::ranges::find(kLocales, locale) == kLocales.end())
    return fail(ErrorCode::kUnsupported, "locale: en or ko");
  return done(parties_.store.keep_setting("locale", locale));
}

ScreenApi::Answer ScreenApi::begin_enrolment(const http::Request& request) {
  TRY(auto body, documents::ObjectReader::parse(request.body, "request"));
  TRY(const auto link, body.text("link", 2048));
  TRY(const auto keys, body.text("keys", 8));
  TRY(body.finish());
  if (keys != "file" && keys != "card") return fail(ErrorCode::kMalformed, "keys: file or card");
  return shown(enrolments_.begin(link, keys == "file" ? KeySource::kKeyFile : KeySource::kCard));
}

ScreenApi::Answer ScreenApi::show_enrolment(const std::string& id) {
  return shown(enrolments_.show(id));
}

ScreenApi::Answer ScreenApi::begin_purchase(const http::Request& request) {
  TRY(const auto link, one_text(request, "link", 2048));
  return shown(payments_.begin(link));
}

ScreenApi::Answer ScreenApi::save_confirmation(const std::string& id) {
  TRY(const auto view, payments_.show(id));
  if (view.record.confirmation.empty())
    return fail(ErrorCode::kNotFound, "this purchase has no confirmation");
  return http::der_response(200, view.record.confirmation, http::kCmsMediaType);
}

ScreenApi::Answer ScreenApi::certificates(const Secrets& secrets) {
  TRY(const auto listed, holder_.list(secrets[0]));
  json::array certificates;
  for (const auto& certificate : listed) certificates.push_back(describe(certificate));
  return http::json_answer(200, json::object{{"certificates", std::move(certificates)}});
}

}  // namespace countersign::wallet
