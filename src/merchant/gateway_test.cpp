// SPDX-License-Identifier: Apache-2.0
#include "merchant/gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/log.h"
#include "documents/json.h"
#include "http/client.h"
#include "http/target.h"
#include "http/websocket_client.h"
#include "merchant/api_keys.h"
#include "merchant/link.h"
#include "merchant/test_mediator.h"
#include "merchant/test_wallet.h"

namespace countersign::merchant {
namespace {

using Conduct = FakeAuthority::Conduct;

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
const http::Headers kJson = {{"Content-Type", "application/json"}};

// A gateway that serves on loopback, spoken to over TLS 1.3 as wallets, browsers and shops do.
struct GatewayTest : testing::Test {
  TestShop shop;
  FakeCardCompany company;
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
    options.shop.profiles = {documents::OrderProfile::kPlain, documents::OrderProfile::kDirect};
    options.shop.fields = {{documents::PersonalField::kName, 0}, {documents::PersonalField::kOverAge, 19}};
    options.pace = std::chrono::milliseconds(20);
    const AuthorityPorts ports{shop.authority,
                               shop.authority,
                               shop.authority,
                               shop.authority,
                               [](const x509::Signer&) { return Result<void>(ok()); },
                               &company};
    return take(Gateway::start({*shop.database, shop.clock, shop.view, identity}, ports,
                               crypto::SecretBytes::copy_of(as_bytes("secret")), std::move(options)));
  }
  // As a wallet: the peer must be a merchant with a good status.
  std::unique_ptr<http::Client> connect(unsigned short port, std::function<Result<void>(int)> carry = {}) {
    http::ClientOptions options;
    options.carry = std::move(carry);
    http::PeerCheck peer;
    peer.anchor = shop.view.anchor;
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
  Opened open_checkout() {
    const auto response = ask_as_shop(
        "POST", "/v1/checkouts",
        R"({"lines":[{"sku":"tea","description":"Tea","quantity":2,"unitPrice":12000}],"currency":"KRW","reference":"c"})");
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
  // The whole dialogue of a purchase by card.
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

TEST_F(GatewayTest, TakesAPurchaseFromCheckoutToConfirmation) {
  const auto purchaser = shop.issue_purchaser("first");
  const auto checkout = open_checkout();
  const auto order = take_order(checkout, purchaser, checkout.token);
  ASSERT_EQ(order.status, 200) << as_text(order.body);
  EXPECT_EQ(take_order(checkout, purchaser, checkout.token).body, order.body);
  EXPECT_EQ(take_order(checkout, shop.issue_purchaser("second"), checkout.token).status, 409);

  const auto signed_order = take(x509::sign_cms(purchaser, order.body, {.signing_time = shop.clock.now()}));
  const auto confirmed = submit(checkout, signed_order);
  ASSERT_EQ(confirmed.status, 200) << as_text(confirmed.body);
  EXPECT_EQ(confirmed.header("Content-Type"), "application/pkcs7-mime; smime-type=signed-data");
  EXPECT_EQ(submit(checkout, signed_order).body, confirmed.body);

  const auto shown = ask_as_shop("GET", "/v1/checkouts/" + checkout.id);
  EXPECT_EQ(member(shown, "state"), "confirmed");
  EXPECT_EQ(member(shown, "confirmation"), base64_encode(confirmed.body));
  EXPECT_EQ(ask_as_shop("GET", "/v1/confirmations/" + member(shown, "orderId")).body, confirmed.body);
}

TEST_F(GatewayTest, TakesAPurchaseInTheBrowserFromOpeningToConfirmationAndLogsNothingOfThePurchaser) {
  start_log("gateway-test", LogLevel::kDebug);
  testing::internal::CaptureStderr();
  const TestWallet wallet(shop, "first");
  const auto checkout = open_checkout();
  EXPECT_EQ(buy(checkout, wallet).kind, documents::Outcome::Kind::kConfirmation);
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_NE(logged.find("payment_checked"), std::string::npos);
  for (const std::string_view canary : {kGoodCard, std::string_view("CANARY"), std::string_view("2029-08")})
    EXPECT_EQ(logged.find(canary), std::string::npos) << canary;

  const auto shown = ask_as_shop("GET", "/v1/checkouts/" + checkout.id);
  EXPECT_NE(as_text(shown.body).find(R"("information":{"name":"CANARY name","overAge:19":true})"),
            std::string_view::npos);
  EXPECT_NE(as_text(shown.body).find(R"("payment":{"method":"card","state":"approved")"),
            std::string_view::npos);
  EXPECT_EQ(as_text(shown.body).find(kGoodCard), std::string_view::npos);
  EXPECT_EQ(ask_as_shop("DELETE", "/v1/checkouts/" + checkout.id + "/information").status, 200);
  EXPECT_EQ(as_text(ask_as_shop("GET", "/v1/checkouts/" + checkout.id).body).find("CANARY"),
            std::string_view::npos);
}

TEST_F(GatewayTest, LeadsNoDialogueWithoutTheTokenOrInAnotherMediaType) {
  const TestWallet wallet(shop, "first");
  const auto checkout = open_checkout();
  EXPECT_EQ(send_dialogue({checkout.id, "wrong"}, wallet.opening()).status, 401);
  EXPECT_EQ(send_dialogue({open_checkout().id, checkout.token}, wallet.opening()).status, 401);
  const std::string path = "/v1/checkouts/" + checkout.id + "/dialogue";
  EXPECT_EQ(
      ask("POST", path, "{}", {{"Authorization", "Bearer " + checkout.token}, {"Content-Type", "text/plain"}})
          .status,
      422);
  const auto problem =
      ask("POST", path, "{}",
          {{"Authorization", "Bearer " + checkout.token}, {"Content-Type", "application/json"}});
  EXPECT_EQ(problem.status, 400);
}

TEST_F(GatewayTest, SellsThroughTheRelayWhichReadsNothingOfIt) {
  const TestWallet wallet(shop, "first");
  const auto checkout = open_checkout();
  TestMediator mediator(relay_url(checkout), relay_options(checkout.token));
  client = connect(gateway->port(), [&](int socket) { return mediator.carry(socket); });
  EXPECT_EQ(buy(checkout, wallet).kind, documents::Outcome::Kind::kConfirmation);
  client.reset();
  EXPECT_THAT(mediator.told(), testing::Contains(R"({"type":"ended","outcome":"confirmed"})"));
  for (const std::string_view canary :
       {kGoodCard, std::string_view("CANARY"), std::string_view(checkout.token)})
    EXPECT_EQ(mediator.seen().find(canary), std::string::npos) << canary;
  EXPECT_GT(mediator.seen().size(), 4000U);
  client = connect(gateway->port());
}

TEST_F(GatewayTest, ServesItsOwnListenerThroughTheRelay) {
  const auto checkout = open_checkout();
  const auto relay = [&](const std::string& token) {
    return http::WebSocketClient::connect(relay_url(checkout), relay_options(token));
  };
  EXPECT_EQ(x509::code_of(relay("wrong")), ErrorCode::kUnauthenticated);
  const auto socket = take(relay(checkout.token));
  // An empty ClientHello is answered with a fatal TLS alert (RFC 8446 §6.2), and that is the end.
  take(socket->send_binary(Bytes{0x16, 3, 1, 0, 4, 1, 0, 0, 0}));
  const auto alert = take(socket->receive());
  EXPECT_EQ(alert.kind, http::MessageKind::kBinary);
  EXPECT_EQ(alert.payload.front(), 21);
  EXPECT_EQ(x509::code_of(socket->receive()), ErrorCode::kCancelled);
}

TEST_F(GatewayTest, IdentifiesPeopleForTheShop) {
  const TestWallet wallet(shop, "first");
  const auto opened =
      ask_as_shop("POST", "/v1/identifications", R"({"purpose":"age-check","fields":["overAge:19"]})");
  ASSERT_EQ(opened.status, 201) << as_text(opened.body);
  const auto link = member(opened, "link");
  const Opened identification{member(opened, "id"), link.substr(link.find("token=") + 6)};
  const auto request = std::get<documents::InformationRequest>(converse(identification, wallet.opening()));
  converse(identification, wallet.information(request, identification.id));
  const auto shown = ask_as_shop("GET", "/v1/identifications/" + identification.id);
  EXPECT_EQ(member(shown, "state"), "identified");
  EXPECT_NE(as_text(shown.body).find(R"("information":{"overAge:19":true})"), std::string_view::npos);
  EXPECT_EQ(ask_as_shop("GET", "/v1/identifications/" + open_checkout().id).status, 404);
}

TEST_F(GatewayTest, PassesTheSignedRefusalOn) {
  const auto purchaser = shop.issue_purchaser("first");
  const auto checkout = open_checkout();
  const auto order = take_order(checkout, purchaser, checkout.token);
  shop.authority.conduct = Conduct::kRefuses;
  const auto refused =
      submit(checkout, take(x509::sign_cms(purchaser, order.body, {.signing_time = shop.clock.now()})));
  EXPECT_EQ(refused.status, http::status_of(ErrorCode::kCertificateRevoked));
  EXPECT_EQ(refused.header("Countersign-Document"), "refusal");
  EXPECT_EQ(member(ask_as_shop("GET", "/v1/checkouts/" + checkout.id), "refusalCode"), "certificate_revoked");
}

TEST_F(GatewayTest, LetsTheShopCancelACheckoutUntilItIsCountersigned) {
  const auto purchaser = shop.issue_purchaser("first");
  const auto cancelled = open_checkout();
  const auto path = "/v1/checkouts/" + cancelled.id;
  EXPECT_EQ(ask("DELETE", path).status, 401);
  EXPECT_EQ(member(ask_as_shop("DELETE", path), "state"), "cancelled");
  EXPECT_EQ(member(ask_as_shop("DELETE", path), "state"), "cancelled");
  EXPECT_EQ(take_order(cancelled, purchaser, cancelled.token).status, http::status_of(ErrorCode::kCancelled));

  const auto sold = open_checkout();
  const auto order = take_order(sold, purchaser, sold.token);
  submit(sold, take(x509::sign_cms(purchaser, order.body, {.signing_time = shop.clock.now()})));
  EXPECT_EQ(ask_as_shop("DELETE", "/v1/checkouts/" + sold.id).status, 409);
  EXPECT_EQ(ask_as_shop("DELETE", "/v1/checkouts/nothing").status, 404);
}

TEST_F(GatewayTest, SaysNothingOfACheckoutWithoutItsToken) {
  const auto checkout = open_checkout();
  const auto purchaser = shop.issue_purchaser("first");
  EXPECT_EQ(take_order(checkout, purchaser, "wrong").status, 401);
  EXPECT_EQ(take_order({"nothing", ""}, purchaser, checkout.token).status, 401);
  EXPECT_EQ(ask("POST", "/v1/checkouts/" + checkout.id + "/signed-order", "x").status, 401);
  EXPECT_EQ(ask("POST", "/v1/checkouts/" + checkout.id + "/cancel", R"({"token":"wrong"})", kJson).status,
            401);
  EXPECT_EQ(ask("GET", "/v1/checkouts/" + checkout.id + "/qr?token=wrong").status, 401);
  EXPECT_EQ(ask("GET", "/v1/checkouts/" + checkout.id + "/qr?token=" + checkout.token).status, 200);
  EXPECT_EQ(ask("POST", "/v1/checkouts/" + checkout.id + "/cancel",
                R"({"token":")" + checkout.token + R"("})", kJson)
                .status,
            200);
  EXPECT_EQ(member(ask_as_shop("GET", "/v1/checkouts/" + checkout.id), "state"), "cancelled");
}

TEST_F(GatewayTest, OpensTheShopsApiToValidKeysOnly) {
  EXPECT_EQ(ask("GET", "/v1/checkouts").status, 401);
  EXPECT_EQ(ask("GET", "/v1/checkouts", "", {{"Authorization", "Bearer csk_0"}}).status, 401);
  EXPECT_EQ(ask_as_shop("GET", "/v1/checkouts").status, 200);
  take(revoke_api_key(*shop.database, key.substr(4, 16), shop.clock.now()));
  EXPECT_EQ(ask_as_shop("GET", "/v1/checkouts").status, 401);
}

TEST_F(GatewayTest, RefusesMalformedRequestsWithProblems) {
  for (
      const std::string body :
      {"", "{}", R"({"lines":[],"currency":"KRW"})", R"({"lines":[],"lines":[]})",
       R"({"lines":[{"sku":"a","description":"b","quantity":1.5,"unitPrice":1}],"currency":"KRW"})",
       R"({"lines":[{"sku":"a","description":"b","quantity":1,"unitPrice":9007199254740992}],"currency":"KRW"})",
       R"({"lines":[{"sku":"a","description":"b","quantity":1,"unitPrice":1}],"currency":"KRW","more":1})"}) {
    const auto response = ask_as_shop("POST", "/v1/checkouts", body);
    EXPECT_EQ(response.status, 400) << body << as_text(response.body);
    EXPECT_EQ(response.header("Content-Type"), "application/problem+json");
  }
}

TEST_F(GatewayTest, RefusesBodiesOfAnotherMediaType) {
  const auto checkout = open_checkout();
  const std::string path = "/v1/checkouts/" + checkout.id;
  const http::Headers text = {{"Authorization", "Bearer " + checkout.token}, {"Content-Type", "text/plain"}};
  EXPECT_EQ(ask("POST", path + "/signed-order", "x", text).status, 422);
  EXPECT_EQ(ask("POST", path + "/order", "{}", text).status, 422);
  EXPECT_EQ(ask("POST", "/v1/checkouts", "{}", {{"Authorization", "Bearer " + key}}).status, 422);
}

TEST_F(GatewayTest, RegistersByItsPageAndShowsTheLink) {
  const auto page = ask("GET", "/register?lang=ko");
  ASSERT_EQ(page.status, 200);
  const auto cookie = cookie_of(page);
  EXPECT_NE(page.header("Set-Cookie").find("Secure; HttpOnly; SameSite=Strict"), std::string_view::npos);
  const auto body = form_body(page, "minji@example.com", true);
  const auto done = send_form(body, cookie);
  ASSERT_EQ(done.status, 200) << as_text(done.body);
  EXPECT_NE(as_text(done.body).find("countersign:enrol?"), std::string_view::npos);
  // The same form once more, by reloading: the same consent, not a second one.
  EXPECT_EQ(send_form(body, cookie).status, 200);
  EXPECT_EQ(shop.authority.consents_asked.at(0), shop.authority.consents_asked.at(1));
}

TEST_F(GatewayTest, RefusesFormsWithoutConsentAddressOrToken) {
  const auto page = ask("GET", "/register?lang=ko");
  const auto cookie = cookie_of(page);
  const auto without_consent = send_form(form_body(page, "minji@example.com", false), cookie);
  EXPECT_EQ(without_consent.status, 422);
  EXPECT_NE(as_text(without_consent.body).find("consent-error"), std::string_view::npos);
  EXPECT_EQ(send_form(form_body(page, "minji", true), cookie).status, 422);

  const auto body = form_body(page, "minji@example.com", true);
  EXPECT_EQ(send_form(body, "").status, 403);
  EXPECT_EQ(send_form(body, "__Host-countersign-form=another").status, 403);
  EXPECT_EQ(send_form(body.substr(0, body.find("&token")) + "&token=wrong&consent=yes", cookie).status, 403);
  const auto from_elsewhere =
      ask("POST", "/register", body,
          {{"Content-Type", std::string(kFormType)}, {"Cookie", cookie}, {"Origin", "https://evil.example"}});
  EXPECT_EQ(from_elsewhere.status, 403);
  EXPECT_TRUE(shop.authority.consents_asked.empty());
}

TEST_F(GatewayTest, LimitsRegistrationsFromOneAddress) {
  const auto page = ask("GET", "/register");
  int status = 0;
  for (int i = 0; i < 6; ++i)
    status = send_form(form_body(page, "minji@example.com", true), cookie_of(page)).status;
  EXPECT_EQ(status, 429);
}

TEST_F(GatewayTest, RegistersForShopsWithPagesOfTheirOwn) {
  const auto text = ask_as_shop("GET", "/v1/consent-text?locale=en");
  const auto body = [&](std::string_view accepted) {
    return R"({"email":"minji@example.com","locale":"en","consent":{"accepted":)" + std::string(accepted) +
           R"(,"textVersion":")" + member(text, "textVersion") + R"(","given":")" +
           format_time(shop.clock.now()) + R"("}})";
  };
  EXPECT_EQ(ask_as_shop("POST", "/v1/registrations", body("false")).status, 422);
  EXPECT_EQ(ask_as_shop("POST", "/v1/registrations", R"({"email":"minji@example.com","locale":"en"})").status,
            422);
  const auto registered = ask_as_shop("POST", "/v1/registrations", body("true"));
  ASSERT_EQ(registered.status, 201) << as_text(registered.body);
  const auto id = member(registered, "id");
  EXPECT_EQ(ask_as_shop("GET", "/v1/registrations/" + id).status, 200);
  EXPECT_EQ(ask_as_shop("POST", "/v1/registrations/" + id + "/restart").status, 200);
  EXPECT_EQ(ask_as_shop("POST", "/v1/renewals", body("true")).status, 201);
}

TEST_F(GatewayTest, IsReadyWithACertificateOfGoodStatus) {
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
  EXPECT_EQ(ask("GET", "/readyz").status, 200);
  EXPECT_EQ(ask("GET", "/metrics").status, 200);
}

TEST_F(GatewayTest, AnswersTheChallengeBeforeItHasACertificateAndServesWithItAfterwards) {
  gateway.reset();
  std::filesystem::remove_all(shop.folder.path() / "identity");
  const auto passphrase = crypto::SecretBytes::copy_of(as_bytes("passphrase"));
  take(Identity::create(shop.folder.path() / "identity", passphrase));
  const auto identity = take(Identity::open(shop.folder.path() / "identity", passphrase.clone()));
  std::atomic<unsigned short> port = 0;  // the gateway asks from a thread of its own
  std::string shown;
  shop.authority.fetch_challenge = [&](const std::string& token) {
    if (port == 0) return false;
    const auto stranger = take(http::Client::create("https://127.0.0.1:" + std::to_string(port.load()), {}));
    shown = to_text(take(stranger->get("/.well-known/countersign/" + token)).body);
    return true;
  };
  auto fresh = start(*identity);
  port = fresh->port();
  while (!identity->signer()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(shown, "challenge-token." + base64url_encode(identity->key().public_key().spki_digest()));
  fresh.reset();
  fresh = start(*identity);
  client = connect(fresh->port());
  EXPECT_EQ(ask("GET", "/").status, 200);
}

}  // namespace
}  // namespace countersign::merchant
