// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "documents/json.h"
#include "http/client.h"
#include "http/target.h"
#include "http/websocket_client.h"
#include "merchant/api_keys.h"
#include "merchant/gateway.h"
#include "merchant/link.h"
#include "merchant/test_company.h"
#include "merchant/test_wallet.h"

namespace countersign::merchant {

inline constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
inline const http::Headers kJson = {{"Content-Type", "application/json"}};

// A gateway that serves on loopback, spoken to over TLS 1.3 as wallets, browsers and shops do.
struct GatewayTest : testing::Test {
  TestShop shop;
  FakeCardCompany company;
  TestCompany split_company{shop};
  bool takes_set = false;  // from the next start on
  std::unique_ptr<Gateway> gateway = start(*shop.identity);
  std::string key = take(create_api_key(*shop.database, "test", shop.clock.now())).text;
  std::unique_ptr<http::Client> client = connect(gateway->port());

  std::unique_ptr<Gateway> start(Identity& identity) {
    GatewayOptions options;
    options.folder = shop.folder.path() / "identity";
    options.shop = {.public_url = std::string(kTestOrigin), .origins = {std::string(kTestOrigin)}};
    options.applicant = {"Hanok Books", "a@example.com", "A", "1", {{"localhost"}, {"127.0.0.1"}, {}},
                         std::nullopt};
    options.registrations_per_hour = 5;
    options.shop.profiles = {documents::OrderProfile::kSession, documents::OrderProfile::kPlain,
                             documents::OrderProfile::kDirect};
    if (takes_set) options.shop.profiles.push_back(documents::OrderProfile::kSet);
    options.shop.fields = {{documents::PersonalField::kName, 0}, {documents::PersonalField::kOverAge, 19}};
    options.pace = std::chrono::milliseconds(20);
    const AuthorityPorts ports{shop.authority,
                               shop.authority,
                               shop.authority,
                               shop.authority,
                               [](const x509::Signer&) { return Result<void>(ok()); },
                               &company,
                               {{split_company.subject(), split_company}}};
    return take(Gateway::start({*shop.database, shop.clock, shop.view, identity}, ports,
                               crypto::SecretBytes::copy_of(as_bytes("secret")), std::move(options)));
  }
  // As a wallet: the peer must be a merchant with a good status.
  std::unique_ptr<http::Client> connect(unsigned short port, std::function<Result<void>(int)> carry = {}) {
    http::ClientOptions options;
    options.carry = std::move(carry);
    http::PeerCheck peer;
    peer.anchor = shop.view.anchor();
    peer.role = x509::Role::kMerchant;
    peer.require_stapled_status = true;
    peer.clock = std::shared_ptr<const Clock>(std::shared_ptr<void>(), &shop.clock);
    options.peer = std::move(peer);
    return take(http::Client::create("https://127.0.0.1:" + std::to_string(port), std::move(options)));
  }

  http::Response ask(std::string_view method, std::string path, std::string_view body = "",
                     http::Headers headers = {}) {
    http::Request request;
    request.method = method;
    if (const auto at = path.find('?'); at != std::string::npos) {
      const auto equals = path.find('=', at);
      request.query[path.substr(at + 1, equals - at - 1)] = path.substr(equals + 1);
      path.resize(at);
    }
    request.path = std::move(path);
    request.headers = std::move(headers);
    request.body = to_bytes(body);
    return take(client->send(request));
  }
  http::Response ask_as_shop(std::string_view method, std::string path, std::string_view body = "") {
    return ask(method, std::move(path), body,
               {{"Authorization", "Bearer " + key}, {"Content-Type", "application/json"}});
  }
  static std::string member(const http::Response& response, std::string_view name) {
    auto reader = take(documents::ObjectReader::parse(response.body, "answer"));
    return take(reader.text(name, 64 << 10));
  }
  // The value of a hidden field of a page.
  static std::string hidden(const http::Response& page, std::string_view name) {
    const auto text = as_text(page.body);
    const auto at = text.find("name=\"" + std::string(name) + "\" value=\"");
    const auto begin = text.find("value=\"", at) + 7;
    return std::string(text.substr(begin, text.find('"', begin) - begin));
  }
  static std::string cookie_of(const http::Response& page) {
    const auto value = page.header("Set-Cookie");
    return std::string(value.substr(0, value.find(';')));
  }
  std::string form_body(const http::Response& page, std::string_view email, bool consent) {
    std::string body = "email=" + http::encode_component(email) + "&form=" + hidden(page, "form") +
                       "&token=" + hidden(page, "token") + "&textVersion=" + hidden(page, "textVersion");
    return consent ? body + "&consent=yes" : body;
  }
  http::Response send_form(const std::string& body, const std::string& cookie) {
    return ask("POST", "/register?lang=ko", body,
               {{"Content-Type", std::string(kFormType)}, {"Cookie", cookie}});
  }

  struct Opened {
    std::string id, token;
  };
  Opened open_checkout(std::string_view profiles = R"("session","plain","direct")") {
    const auto response = ask_as_shop(
        "POST", "/v1/checkouts",
        R"({"lines":[{"sku":"tea","description":"Jeju green tea","quantity":2,"unitPrice":12000}],"currency":"KRW",)"
        R"("reference":"c","profiles":[)" +
            std::string(profiles) + "]}");
    EXPECT_EQ(response.status, 201) << as_text(response.body);
    const auto link = member(response, "link");
    return {member(response, "id"), link.substr(link.find("token=") + 6)};
  }
  http::Response take_order(const Opened& checkout, const x509::Signer& purchaser, std::string_view token) {
    return ask("POST", "/v1/checkouts/" + checkout.id + "/order",
               R"({"token":")" + std::string(token) + R"(","certificate":")" +
                   base64_encode(purchaser.certificate.der()) + R"("})",
               kJson);
  }
  std::string relay_url(const Opened& checkout) const {
    return "https://127.0.0.1:" + std::to_string(gateway->port()) + "/v1/relay?checkout=" + checkout.id;
  }
  http::WebSocketClientOptions relay_options(const std::string& token) const {
    http::WebSocketClientOptions options;
    options.peer = http::NetworkPeer{shop.network.root, x509::Role::kMerchant,
                                     std::shared_ptr<const Clock>(std::shared_ptr<void>(), &shop.clock)};
    options.subprotocol = "countersign-relay.v1";
    options.bearer_token = token;
    return options;
  }
  http::Response send_dialogue(const Opened& checkout, documents::WalletMessage message) {
    const auto bytes = take(documents::write_dialogue(message));
    return ask("POST", "/v1/checkouts/" + checkout.id + "/dialogue",
               as_text(bytes.reveal(crypto::SecretAccess())),
               {{"Authorization", "Bearer " + checkout.token}, {"Content-Type", "application/json"}});
  }
  documents::GatewayMessage converse(const Opened& checkout, documents::WalletMessage message) {
    return take(documents::parse_gateway_message(send_dialogue(checkout, std::move(message)).body));
  }
  // The whole dialogue of a purchase by card in profile plain.
  documents::Outcome buy(const Opened& checkout, const TestWallet& wallet) {
    const auto request = std::get<documents::InformationRequest>(converse(checkout, wallet.opening()));
    auto information = wallet.information(request, checkout.id);
    information.payment = card();
    information.signed_order = wallet.sign(*request.order);
    return std::get<documents::Outcome>(converse(checkout, std::move(information)));
  }
  http::Response submit(const Opened& checkout, BytesView signed_order) {
    return ask(
        "POST", "/v1/checkouts/" + checkout.id + "/signed-order", as_text(signed_order),
        {{"Authorization", "Bearer " + checkout.token}, {"Content-Type", std::string(http::kCmsMediaType)}});
  }
};

}  // namespace countersign::merchant
