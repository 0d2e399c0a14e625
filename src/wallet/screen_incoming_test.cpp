// SPDX-License-Identifier: Apache-2.0
#include "wallet/screen_incoming.h"

#include <gtest/gtest.h>

#include "documents/json.h"
#include "http/client.h"
#include "wallet/screen.h"
#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

using namespace std::chrono_literals;

class SilentComputer final : public ComputerSide {
 public:
  const std::string& name() const override { return name_; }
  Carrier carrier(const std::string&) override { return {}; }
  void hang_up() override {}
  void hang_up(const std::string&) override {}
  void tell(const link::Control&) override {}

 private:
  std::string name_ = "Office PC";
};

// Speaks to a screen that is really served, as its page does.
class IncomingScreenTest : public testing::Test {
 protected:
  void SetUp() override {
    world_.enrol();
    world_.peers.order.profile = documents::OrderProfile::kPlain;
    pairings_ = take(Pairings::open(world_.folder, world_.clock));
    screen_ = take(Screen::start(
        world_.parties(), {0,
                           COUNTERSIGN_WEB_FOLDER "/wallet",
                           &desk_,
                           pairings_.get(),
                           {true, 40123, 47683, link::not_reached(link::Obstacle::kAdapterOff, "rfkill")}}));
    origin_ = "http://127.0.0.1:" + std::to_string(screen_->port());
    client_ = take(http::Client::create(origin_, {}));
    const auto address = screen_->new_address();
    const auto session = send("POST", "/api/session", address.substr(address.find('#') + 1));
    const auto cookie = session.header("Set-Cookie");
    headers_["Cookie"] = cookie.substr(0, cookie.find(';'));
    headers_["Countersign-Key"] =
        take(take(documents::ObjectReader::parse(session.body, "session")).text("key", 100));
  }
  http::Response send(std::string method, std::string path, std::string_view body = {}) {
    http::Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.headers = headers_;
    if (!request.headers.contains("Origin")) request.headers["Origin"] = origin_;
    if (request.method == "POST") request.body = to_bytes(body);
    return take(client_->send(request));
  }
  static bool says(const http::Response& response, std::string_view text) {
    return as_text(response.body).find(text) != std::string_view::npos;
  }
  void begin() {
    ASSERT_TRUE(desk_.start(start_, computer_));
    for (std::uint64_t seen = 0; desk_.view()->state == IncomingState::kOpening;)
      seen = desk_.wait(seen, 100ms);
  }
  // A second checkout of the same page, at its own merchant's gateway.
  void begin_at_two(FakePeers& other) {
    other.order.id = "019a0000-0000-7000-8000-0000000000ff";
    other.order.checkout = "checkout-2";
    other.order.profile = documents::OrderProfile::kPlain;
    world_.peers.others.emplace("https://127.0.0.1:9443", &other);
    start_.checkouts.push_back({"https://127.0.0.1:9443", "checkout-2", "u", {"plain"}});
    start_.origin = world_.peers.order.origin;
    begin();
  }
  void fill_card() {
    ASSERT_EQ(send("POST", "/api/personal/keep", "1234\nKim\nSeoul\n1990-01-01\n\n").status, 200);
    ASSERT_EQ(send("POST", "/api/means/card", "1234\n4111111111111111\n2029-08\nKIM\n").status, 200);
  }

  WalletWorld world_;
  IncomingDesk desk_{world_.parties(), {documents::OrderProfile::kPlain, [](auto) {}}};
  std::shared_ptr<SilentComputer> computer_ = std::make_shared<SilentComputer>();
  std::unique_ptr<Pairings> pairings_;
  std::unique_ptr<Screen> screen_;
  std::string origin_;
  http::Headers headers_;
  std::unique_ptr<http::Client> client_;
  link::Start start_{"3f0c1f3e-9d53-4b86-8d3c-3a0c8a5d4a10",
                     {{"https://127.0.0.1:8443", "checkout-1", "t", {"plain"}}},
                     "https://shop.example",
                     true,
                     ""};
  const std::string path_ = "/api/incoming/" + start_.purchase;
};

TEST_F(IncomingScreenTest, TakesTheHolderFromTheQuestionToTheConfirmation) {
  fill_card();
  world_.peers.dialogue.fields = {{documents::PersonalField::kName, 0}};
  start_.origin = world_.peers.order.origin;
  begin();
  const auto asked = send("GET", "/api/incoming");
  EXPECT_TRUE(says(asked, R"("state":"asked")")) << as_text(asked.body);
  EXPECT_TRUE(says(asked, R"({"name":"name","held":true})"));
  EXPECT_TRUE(says(asked, R"("ending":"1111")"));
  EXPECT_FALSE(says(asked, "4111111111111111"));
  EXPECT_FALSE(says(asked, "Kim\""));
  EXPECT_TRUE(says(send("POST", path_ + "/approve", "9999\nname\n1\n\n1"), R"("code":"wrong_pin")"));
  const auto approved = send("POST", path_ + "/approve", "1234\nname\n1\n\n1");
  ASSERT_EQ(approved.status, 200) << as_text(approved.body);
  EXPECT_TRUE(says(send("GET", "/api/incoming"), R"("result":"confirmed")"));
  EXPECT_EQ(world_.peers.dialogue.statement->fields.at(0).text, "Kim");
  EXPECT_EQ(send("POST", path_ + "/dismiss", "{}").status, 200);
  EXPECT_TRUE(says(send("GET", "/api/incoming"), R"("purchase":null)"));
}

TEST_F(IncomingScreenTest, RefusesInTheHoldersName) {
  start_.origin = world_.peers.order.origin;
  begin();
  EXPECT_EQ(send("POST", path_ + "/refuse", "{}").status, 200);
  EXPECT_TRUE(says(send("GET", "/api/incoming"), R"("by":"holder")"));
}

TEST_F(IncomingScreenTest, ShowsATotalForEachCurrency) {
  FakePeers other(world_.trade);
  other.order.total.currency = "USD";
  begin_at_two(other);
  const auto minor_units = std::to_string(other.order.total.minor_units);
  const auto asked = send("GET", "/api/incoming");
  EXPECT_TRUE(says(asked, R"("totals":[{"minorUnits":)" + minor_units + R"(,"currency":"KRW","digits":0},)" +
                              R"({"minorUnits":)" + minor_units + R"(,"currency":"USD","digits":2}])"))
      << as_text(asked.body);
}

TEST_F(IncomingScreenTest, GoesOnWithoutAMerchantThatTheHolderLeavesOut) {
  fill_card();
  FakePeers other(world_.trade);
  begin_at_two(other);
  EXPECT_TRUE(says(send("POST", path_ + "/leave-out", R"({"gateway":"https://third.example"})"),
                   R"("code":"not_found")"));
  EXPECT_EQ(send("POST", path_ + "/leave-out", R"({"gateway":"https://127.0.0.1:9443"})").status, 200);
  const auto asked = send("GET", "/api/incoming");
  EXPECT_TRUE(says(asked, R"("end":{"result":"left_out","code":"cancelled","purchase":"","answer":null})"));
  other.cancelled.wait(0);  // its shop hears of it meanwhile
  EXPECT_TRUE(says(send("POST", path_ + "/approve", "1234\n\n1\n\n1"), R"("code":"conflict")"));
  ASSERT_EQ(send("POST", path_ + "/approve", "1234\n\n1\n\n2").status, 200);
  EXPECT_TRUE(says(send("GET", "/api/incoming"), R"("result":"partly")"));
}

TEST_F(IncomingScreenTest, ShowsDataOfTheCardOnlyForThePin) {
  fill_card();
  EXPECT_TRUE(says(send("POST", "/api/personal", "1234"), R"("address":"Seoul")"));
  EXPECT_TRUE(says(send("POST", "/api/personal", "9999"), R"("code":"wrong_pin")"));
  EXPECT_TRUE(says(send("GET", "/api/holder"), R"("ending":"1111")"));
  EXPECT_TRUE(says(send("POST", "/api/means/1/remove", "1234"), R"("means":[])"));
}

TEST_F(IncomingScreenTest, ShowsAWayToPayThatCannotBeReadForItsRemoval) {
  ASSERT_TRUE(world_.card.log_in(secret("1234")));
  ASSERT_TRUE(world_.card.store_data("countersign:payment:1", secret("no means")));
  world_.card.log_out();
  fill_card();
  const auto shown = send("GET", "/api/holder");
  EXPECT_TRUE(says(shown, R"("id":"2")")) << as_text(shown.body);
  EXPECT_FALSE(says(shown, R"("id":"1")")) << as_text(shown.body);
  EXPECT_TRUE(says(shown, R"("unreadable":["1"])")) << as_text(shown.body);
  EXPECT_TRUE(says(send("POST", "/api/means/1/remove", "1234"), R"("unreadable":[])"));
}

TEST_F(IncomingScreenTest, RefusesACardNumberThatCannotBe) {
  const auto refused = send("POST", "/api/means/card", "1234\n4111111111111112\n2029-08\nKIM\n");
  EXPECT_EQ(refused.status, 400);
  EXPECT_FALSE(says(refused, "4111111111111112"));
}

TEST_F(IncomingScreenTest, RecordsACardWithItsCompany) {
  const std::string card = "1234\n4111111111111111\n2029-08\nKIM\n";
  const auto kept =
      send("POST", "/api/means/card", card + "CN=Hanok Card,OU=card-companies,O=Countersign Demo");
  EXPECT_EQ(kept.status, 200);
  EXPECT_TRUE(says(kept, R"("company":{"name":"Hanok Card","subject":"CN=Hanok Card,OU=)"))
      << as_text(kept.body);
  EXPECT_TRUE(says(send("POST", "/api/means/card", card), R"("company":null)"));
  const auto refused = send("POST", "/api/means/card", card + "Hanok Card");
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(says(refused, "malformed"));
}

TEST_F(IncomingScreenTest, PairsAndUnpairs) {
  const std::string offer =
      "countersign:pair?key=" + std::string(64, 'a') + "&secret=" + std::string(64, 'b') + "&name=Office";
  const auto paired = send("POST", "/api/pairings", R"({"link":")" + offer + R"("})");
  ASSERT_EQ(paired.status, 200) << as_text(paired.body);
  EXPECT_TRUE(says(paired, R"("name":"Office","waits":true)"));
  EXPECT_FALSE(says(paired, std::string(64, 'b')));
  const auto id = take(pairings_->list()).at(0).id;
  EXPECT_TRUE(says(send("POST", "/api/pairings/" + id + "/remove", "{}"), R"("pairings":[])"));
  EXPECT_EQ(send("POST", "/api/pairings", R"({"link":"countersign:pay?x=y"})").status, 422);
}

TEST_F(IncomingScreenTest, SaysWhereItListensAndWhatIsInTheWayWithItsRemedy) {
  const auto told = send("GET", "/api/pairings");
  EXPECT_TRUE(says(told, R"("listening":true,"port":40123,"discoveryPort":47683)")) << as_text(told.body);
  EXPECT_TRUE(says(told, R"("obstacle":{"name":"adapter_off","remedy":"Bluetooth is switched off.)"));
  EXPECT_FALSE(says(told, "rfkill")) << "details are for the log";
}

struct Foreign {
  std::string name, header, value;
  int status;
};
class IncomingScreenRefuses : public IncomingScreenTest, public testing::WithParamInterface<Foreign> {};

// What a rebound name, another page or another program lacks.
TEST_P(IncomingScreenRefuses, WhoIsNotThisPage) {
  start_.origin = world_.peers.order.origin;
  begin();
  headers_[GetParam().header] = GetParam().value;
  for (const std::string path : {"/api/incoming", "/api/pairings", "/api/holder"})
    EXPECT_EQ(send("GET", path).status, GetParam().status) << path;
  for (const std::string& path :
       {path_ + "/approve", path_ + "/refuse", path_ + "/leave-out", std::string("/api/pairings"),
        std::string("/api/personal"), std::string("/api/means/card")})
    EXPECT_EQ(send("POST", path, "1234").status, GetParam().status) << path;
  EXPECT_EQ(desk_.view()->state, IncomingState::kAsked);
  EXPECT_EQ(world_.card.tries_left(), 3);
}

INSTANTIATE_TEST_SUITE_P(Rows, IncomingScreenRefuses,
                         testing::Values(Foreign{"AnotherPagesOrigin", "Origin", "https://evil.example", 403},
                                         Foreign{"ARequestOfAnotherSite", "Sec-Fetch-Site", "cross-site",
                                                 403},
                                         Foreign{"NoKeyOfTheSession", "Countersign-Key", "", 401},
                                         Foreign{"AnotherCookie", "Cookie", "countersign-wallet=x", 401}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace countersign::wallet
