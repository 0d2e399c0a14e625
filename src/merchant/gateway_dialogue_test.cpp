// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "base/log.h"
#include "merchant/gateway_test_client.h"
#include "merchant/test_mediator.h"
#include "x509/cms_envelope.h"

namespace countersign::merchant {
namespace {

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

TEST_F(GatewayTest, SellsUnderASessionKeyOnTheVeryConnectionThatThePaymentWasSealedFor) {
  TestWallet wallet(shop, "first");
  wallet.profiles = {documents::OrderProfile::kSession};
  const auto checkout = open_checkout();
  const auto request = std::get<documents::InformationRequest>(converse(checkout, wallet.opening()));
  const auto offered =
      std::get<documents::SessionOfferMessage>(converse(checkout, wallet.information(request, checkout.id)));
  const auto opened = take(x509::open_sealed_to(wallet.agreement.certificate,
                                                x509::agreement_by(wallet.agreement.key), offered.envelope));
  const auto secrets = take(documents::parse_session_secrets(opened));
  const auto instruction = take(documents::write_payment_instruction(
      {crypto::sha256(secrets.order), documents::CardData{secret_text(kGoodCard), "2029-08", "CANARY"}}));
  const auto pay = [&] {
    const auto exporter = take(client->tls_exporter());
    const x509::SharedKey shared{
        to_bytes(secrets.session),
        documents::derive_payment_key(secrets.session_key, exporter.reveal(crypto::SecretAccess()))};
    return documents::PaymentMessage{documents::SealedPayment{take(x509::seal_under(shared, instruction))},
                                     wallet.sign(secrets.order)};
  };
  auto of_another_connection = pay();
  client = connect(gateway->port());
  EXPECT_EQ(send_dialogue(checkout, std::move(of_another_connection)).status, 400);
  EXPECT_EQ(std::get<documents::Outcome>(converse(checkout, pay())).kind,
            documents::Outcome::Kind::kConfirmation);
}

TEST_F(GatewayTest, SellsWithASplitPaymentThatItCapturesByItselfAndTellsTheShop) {
  takes_set = true;
  gateway.reset();
  gateway = start(*shop.identity);
  client = connect(gateway->port());
  start_log("gateway-test", LogLevel::kDebug);
  testing::internal::CaptureStderr();
  TestWallet wallet(shop, "first");
  wallet.profiles = {documents::OrderProfile::kSet};
  const auto checkout = open_checkout(R"("set","session")");
  const auto request = std::get<documents::InformationRequest>(converse(checkout, wallet.opening()));
  auto information = wallet.information(request, checkout.id);
  information.company = request.companies.at(0);
  const auto offer = std::get<documents::SplitOffer>(converse(checkout, std::move(information)));
  EXPECT_EQ(std::get<documents::Outcome>(converse(checkout, wallet.split_payment(offer))).kind,
            documents::Outcome::Kind::kConfirmation);
  const auto payment = [&] {
    const auto body = ask_as_shop("GET", "/v1/checkouts/" + checkout.id).body;
    return std::string(as_text(body));
  };
  while (payment().find(R"("state":"captured")") == std::string::npos) std::this_thread::yield();
  EXPECT_THAT(payment(), testing::HasSubstr(R"("payment":{"method":null,"state":"captured","company":")" +
                                            split_company.subject().text() + R"(","authorization":")" +
                                            *split_company.captured.begin()));
  const auto path = "/v1/checkouts/" + checkout.id + "/refunds";
  EXPECT_EQ(ask_as_shop("POST", path, R"({"amount":1000})").status, 400) << "without an Idempotency-Key";
  const auto refunded = ask(
      "POST", path, R"({"amount":1000})",
      {{"Authorization", "Bearer " + key}, {"Content-Type", "application/json"}, {"Idempotency-Key", "r-1"}});
  EXPECT_EQ(refunded.status, 201);
  EXPECT_THAT(std::string(as_text(refunded.body)), testing::HasSubstr(R"("state":"refunded")"));
  EXPECT_EQ(ask("POST", path, R"({"amount":1000})", kJson).status, 401);

  // A refund without an answer goes on by itself, also where no more split payments are taken.
  const auto start_anew = [&] {
    gateway = start(*shop.identity);
    client = connect(gateway->port());
  };
  gateway.reset();  // which has logged what it did by then
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_NE(logged.find("payment_captured"), std::string::npos);
  for (const std::string_view canary : {kGoodCard, std::string_view("CANARY"), std::string_view("2029-08")})
    EXPECT_EQ(logged.find(canary), std::string::npos) << canary;
  split_company.loses_answers = true;
  start_anew();
  EXPECT_EQ(ask("POST", path, R"({"amount":500})",
                {{"Authorization", "Bearer " + key},
                 {"Content-Type", "application/json"},
                 {"Idempotency-Key", "r-2"}})
                .status,
            503);
  EXPECT_THAT(payment(), testing::HasSubstr(R"("amount":500,"state":"asked")"));
  gateway.reset();
  split_company.loses_answers = false;
  takes_set = false;
  shop.clock.advance(Seconds(5));
  const int certificates_asked = split_company.certificates_asked;
  start_anew();
  while (payment().find(R"("state":"asked")") != std::string::npos) std::this_thread::yield();
  EXPECT_THAT(payment(), testing::HasSubstr(R"("amount":500,"state":"refunded")"));
  gateway.reset();
  EXPECT_EQ(split_company.certificates_asked, certificates_asked);
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
  EXPECT_EQ(as_text(opened.body).find("\"link\""), std::string_view::npos)
      << "somebody else could be sent it";
  const auto tag = member(opened, "tag");
  const auto token = tag.substr(tag.find("token=\"") + 7);
  const Opened identification{member(opened, "id"), token.substr(0, token.find('"'))};
  const auto request = std::get<documents::InformationRequest>(converse(identification, wallet.opening()));
  converse(identification, wallet.information(request, identification.id));
  const auto shown = ask_as_shop("GET", "/v1/identifications/" + identification.id);
  EXPECT_EQ(member(shown, "state"), "identified");
  EXPECT_NE(as_text(shown.body).find(R"("information":{"overAge:19":true})"), std::string_view::npos);
  EXPECT_EQ(ask_as_shop("GET", "/v1/identifications/" + open_checkout().id).status, 404);
}

}  // namespace
}  // namespace countersign::merchant
