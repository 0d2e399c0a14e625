// SPDX-License-Identifier: Apache-2.0
#include "merchant/gateway.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "merchant/gateway_test_client.h"

namespace countersign::merchant {
namespace {

using Conduct = FakeAuthority::Conduct;

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

TEST_F(GatewayTest, GivesTheReceiptToTheCheckoutsWalletAndToTheShop) {
  shop.authority.keep_log();
  const auto purchaser = shop.issue_purchaser("first");
  const auto checkout = open_checkout();
  const std::string path = "/v1/checkouts/" + checkout.id + "/receipt";
  const http::Headers token = {{"Authorization", "Bearer " + checkout.token}};
  EXPECT_EQ(ask("GET", path, "", token).status, 404) << "nothing is confirmed";
  const auto order = take_order(checkout, purchaser, checkout.token);
  const auto confirmed =
      submit(checkout, take(x509::sign_cms(purchaser, order.body, {.signing_time = shop.clock.now()})));
  ASSERT_EQ(confirmed.status, 200) << as_text(confirmed.body);
  EXPECT_EQ(confirmed.header("Content-Type"), "application/pkcs7-mime; smime-type=signed-data");

  EXPECT_EQ(ask("GET", path).status, 401);
  EXPECT_EQ(ask("GET", path, "", {{"Authorization", "Bearer wrong"}}).status, 401);
  const auto receipt = ask("GET", path, "", token);
  ASSERT_EQ(receipt.status, 200) << as_text(receipt.body);
  EXPECT_EQ(receipt.header("Content-Type"), documents::kReceiptMediaType);
  EXPECT_EQ(take(documents::parse_receipt(receipt.body)).confirmation, confirmed.body);

  const auto id = member(ask_as_shop("GET", "/v1/checkouts/" + checkout.id), "orderId");
  EXPECT_EQ(ask("GET", "/v1/receipts/" + id).status, 401);
  EXPECT_EQ(ask_as_shop("GET", "/v1/receipts/" + id).body, receipt.body);
  EXPECT_EQ(ask_as_shop("GET", "/v1/receipts/nothing").status, 404);
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
