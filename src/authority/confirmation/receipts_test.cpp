// SPDX-License-Identifier: Apache-2.0
// Receipts: what service and routes answer in place of a confirmation's CMS.
#include "authority/confirmation/receipts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "authority/testing/scripted_witnessing.h"
#include "authority/testing/test_world.h"
#include "checkpoint/log_proof.h"
#include "crypto/digest.h"
#include "documents/receipt.h"

namespace countersign::authority {
namespace {

using documents::WitnessState;

constexpr std::string_view kCms = "application/pkcs7-mime";

class ReceiptsTest : public ::testing::Test {
 protected:
  ReceiptsTest() {
    world_.keep_log();
    restart();
  }
  void restart() {
    world_.restart();
    router_ = {};
    add_confirmation_routes(router_, *world_.service);
  }
  http::Response post(std::string_view path, Bytes body, std::string_view media_type,
                      std::string_view accept = {}) {
    http::Request request;
    request.method = "POST";
    request.path = path;
    request.headers["Content-Type"] = media_type;
    if (!accept.empty()) request.headers["Accept"] = accept;
    request.body = std::move(body);
    request.client_certificate = client_.value_or(world_.merchant->certificate);
    const auto match = router_.match(request, false);
    if (match.route == nullptr) return match.refusal;
    if (match.route->blocking) return match.route->blocking(request);
    std::promise<http::Response> answered;
    match.route->handler(std::move(request),
                         [&](http::Response response) { answered.set_value(std::move(response)); });
    return http::finished(answered.get_future().get());
  }
  http::Response confirm(Bytes countersigned_order) {
    return post("/v1/confirmations", std::move(countersigned_order), kCms, documents::kReceiptMediaType);
  }
  http::Response ask_receipt(const documents::Order& order) {
    return post("/v1/receipts",
                take(documents::write_extract_request(
                    {order.id, crypto::sha256(take(documents::write_order(order)))})),
                "application/json");
  }
  // The one that is kept is ended; the other begins with the next start.
  void begin_another_log() {
    world_.stop();
    const LogStore store = take(LogStore::open(*world_.database));
    take(world_.database->write([&](storage::Transaction& transaction) {
      return store.end(transaction, "seoul-1.example/log", world_.clock.now());
    }));
    world_.keep_log("seoul-1.example/log-2");
  }
  // What is in a receipt, all of it verified.
  struct Verified {
    documents::Confirmation confirmation;
    std::uint64_t size = 0;
    documents::Receipt receipt;
  };
  Verified verify(BytesView json) {
    auto receipt = take(documents::parse_receipt(json));
    auto confirmation =
        world_.confirmation_of({Decision::Kind::kConfirmed, receipt.confirmation, ErrorCode::kInternal});
    const auto proof = take(checkpoint::parse_log_proof(receipt.proof));
    const auto checkpoint =
        take(checkpoint::verify_checkpoint(proof.checkpoint, world_.log_signer().verifier())).checkpoint;
    const auto entry =
        take(documents::entry_of_confirmation(confirmation.id, receipt.nonce, receipt.confirmation));
    take(merkle::verify_inclusion(merkle::leaf_hash(documents::write_log_entry(entry)), proof.index,
                                  checkpoint.size, checkpoint.root, proof.proof));
    EXPECT_EQ(proof.index, static_cast<std::uint64_t>(confirmation.index));
    return {std::move(confirmation), checkpoint.size, std::move(receipt)};
  }
  Verified verify(const http::Response& response) {
    EXPECT_EQ(response.status, 200) << to_text(response.body);
    EXPECT_EQ(response.header("Content-Type"), documents::kReceiptMediaType);
    return verify(response.body);
  }
  static bool is_problem(const http::Response& response, ErrorCode code) {
    return response.header("Content-Type") == "application/problem+json" &&
           http::error_of(response).code == code;
  }

  TestWorld world_;
  http::Router router_;
  std::optional<x509::Certificate> client_;  // nothing: the merchant's
};

TEST_F(ReceiptsTest, AreAnsweredToWhomAcceptsThem) {
  const documents::Order order = world_.new_order();
  const Verified verified = verify(confirm(world_.countersigned(order)));
  EXPECT_EQ(verified.confirmation.order_id, order.id);
  EXPECT_EQ(verified.size, 1U);
  EXPECT_EQ(verified.receipt.state, WitnessState::kPending);
  EXPECT_TRUE(verified.receipt.maps.empty());
}

TEST_F(ReceiptsTest, AreNotAnsweredToWhomDoesNot) {
  const auto response = post("/v1/confirmations", world_.countersigned(world_.new_order()), kCms, kCms);
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(std::string(response.header("Content-Type")), ::testing::StartsWith("application/pkcs7-mime"));
}

TEST_F(ReceiptsTest, OfARepeatedConfirmationAreProvenInTheNewestTree) {
  const Bytes request = world_.countersigned(world_.new_order());
  const Verified first = verify(confirm(request));
  for (int i = 0; i < 5; ++i) take(world_.confirm(world_.countersigned(world_.new_order())));
  const Verified again = verify(confirm(request));
  EXPECT_EQ(again.size, 6U);
  EXPECT_EQ(again.receipt.confirmation, first.receipt.confirmation);
  restart();
  EXPECT_EQ(verify(confirm(request)).size, 6U);
}

TEST_F(ReceiptsTest, OfManyAtOnceAreEachProven) {
  std::vector<std::future<Result<Decision>>> answers;
  for (int i = 0; i < 300; ++i) {
    auto answered = std::make_shared<std::promise<Result<Decision>>>();
    answers.push_back(answered->get_future());
    world_.service->confirm_for_receipt(
        {world_.countersigned(world_.new_order()), std::nullopt}, world_.merchant->certificate,
        [answered](const ConfirmationService::Maker& make) { answered->set_value(make()); });
  }
  for (auto& answer : answers) {
    const Decision decision = take(answer.get());
    ASSERT_EQ(decision.form, Decision::Form::kReceipt);
    verify(decision.document);
  }
}

TEST_F(ReceiptsTest, AreNeverMadeOfRefusals) {
  documents::Order over = world_.new_order();
  over.created -= std::chrono::hours(1);
  over.expires = over.created + std::chrono::minutes(1);
  const auto response = confirm(world_.countersigned(over));
  EXPECT_EQ(response.status, http::status_of(ErrorCode::kExpired));
  EXPECT_EQ(response.header("Countersign-Document"), "refusal");
}

TEST_F(ReceiptsTest, GiveWayToTheConfirmationWhereNoLogIsKept) {
  world_.keep_log("");
  restart();
  const documents::Order order = world_.new_order();
  const auto response = confirm(world_.countersigned(order));
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(std::string(response.header("Content-Type")), ::testing::StartsWith("application/pkcs7-mime"));
  EXPECT_TRUE(is_problem(ask_receipt(order), ErrorCode::kUnsupported));
}

TEST_F(ReceiptsTest, CanBeHadLater) {
  const documents::Order order = world_.new_order();
  take(world_.confirm(world_.countersigned(order)));
  take(world_.confirm(world_.countersigned(world_.new_order())));
  const Verified verified = verify(ask_receipt(order));
  EXPECT_EQ(verified.confirmation.order_id, order.id);
  EXPECT_EQ(verified.size, 2U);
  EXPECT_EQ(verified.receipt.state, WitnessState::kPending);
}

TEST_F(ReceiptsTest, CannotBeHadOfConfirmationsThatNameNoLog) {
  world_.keep_log("");
  restart();
  const documents::Order order = world_.new_order();
  const Bytes request = world_.countersigned(order);
  take(world_.confirm(request));
  world_.keep_log();
  restart();
  EXPECT_TRUE(is_problem(ask_receipt(order), ErrorCode::kGone));
  EXPECT_THAT(std::string(confirm(request).header("Content-Type")),
              ::testing::StartsWith("application/pkcs7-mime"));
}

TEST_F(ReceiptsTest, AreGivenUnderTheNewestWitnessedCheckpointThatHasTheEntry) {
  const documents::Order first = world_.new_order(), third = world_.new_order();
  take(world_.confirm(world_.countersigned(first)));
  take(world_.confirm(world_.countersigned(world_.new_order())));
  take(world_.log->keep_witnessed(take(world_.log_appender->head()->checkpoint())));
  take(world_.confirm(world_.countersigned(third)));
  const Verified witnessed = verify(ask_receipt(first));
  EXPECT_EQ(witnessed.size, 2U);
  EXPECT_EQ(witnessed.receipt.state, WitnessState::kWitnessed);
  const Verified pending = verify(ask_receipt(third));
  EXPECT_EQ(pending.size, 3U);
  EXPECT_EQ(pending.receipt.state, WitnessState::kPending);
}

TEST_F(ReceiptsTest, SayWhereTheWitnessesAreTooLate) {
  ScriptedWitnessing witnesses;
  world_.watch_log(witnesses);
  restart();
  const documents::Order order = world_.new_order();
  const Bytes request = world_.countersigned(order);
  EXPECT_EQ(verify(confirm(request)).receipt.state, WitnessState::kPending);
  witnesses.state = WitnessState::kWitnessed;
  EXPECT_EQ(verify(ask_receipt(order)).receipt.state, WitnessState::kPending)
      << "this checkpoint has no cosignatures yet";
  witnesses.state = WitnessState::kUnwitnessed;
  EXPECT_EQ(verify(ask_receipt(order)).receipt.state, WitnessState::kUnwitnessed);
  EXPECT_EQ(verify(confirm(request)).receipt.state, WitnessState::kUnwitnessed) << "repeated";
  take(world_.log->keep_witnessed(take(world_.log_appender->head()->checkpoint())));
  EXPECT_EQ(verify(ask_receipt(order)).receipt.state, WitnessState::kWitnessed);
  world_.service.reset();  // before the witnesses
}

TEST_F(ReceiptsTest, AreForTheMerchantOfTheOrderAlone) {
  const documents::Order order = world_.new_order();
  take(world_.confirm(world_.countersigned(order)));
  client_ = world_.enrol_merchant("Another shop").certificate;
  EXPECT_TRUE(is_problem(ask_receipt(order), ErrorCode::kNotFound));
  client_ = world_.purchaser->certificate;
  EXPECT_TRUE(is_problem(ask_receipt(order), ErrorCode::kForbidden));
  client_.reset();
  documents::Order other = order;
  other.checkout = "checkout-2";
  EXPECT_TRUE(is_problem(ask_receipt(other), ErrorCode::kConflict));
  EXPECT_TRUE(is_problem(ask_receipt(world_.new_order()), ErrorCode::kNotFound));
  world_.change_state(*world_.merchant, CertificateState::kOnHold);
  EXPECT_TRUE(is_problem(ask_receipt(order), ErrorCode::kCertificateOnHold));
}

TEST_F(ReceiptsTest, TakeNoOtherQuestion) {
  EXPECT_TRUE(is_problem(post("/v1/receipts", to_bytes("{}"), "text/plain"), ErrorCode::kUnsupported));
  EXPECT_TRUE(is_problem(post("/v1/receipts", to_bytes("{}"), "application/json"), ErrorCode::kMalformed));
}

TEST_F(ReceiptsTest, CannotBeHadOfConfirmationsThatNameALogThatWasEnded) {
  const documents::Order order = world_.new_order();
  take(world_.confirm(world_.countersigned(order)));
  begin_another_log();
  restart();
  EXPECT_EQ(world_.check(), 1);
  EXPECT_TRUE(is_problem(ask_receipt(order), ErrorCode::kGone));
  const auto digest = crypto::sha256(take(documents::write_order(order)));
  EXPECT_FALSE(take(
      world_.service->find_receipt_for_purchaser(order.id, digest, world_.purchaser->certificate.subject())));
}

TEST_F(ReceiptsTest, ComeLaterWhereTheLogHasStillToCatchUp) {
  ScriptedWitnessing witnesses;
  const documents::Order order = world_.new_order();
  take(world_.confirm(world_.countersigned(order)));
  begin_another_log();
  world_.watch_log(witnesses);
  witnesses.allows = false;
  restart();
  EXPECT_TRUE(is_problem(ask_receipt(order), ErrorCode::kUnavailable));
  witnesses.allows = true;
  take(world_.confirm(world_.countersigned(world_.new_order())));
  EXPECT_TRUE(is_problem(ask_receipt(order), ErrorCode::kGone));
  world_.service.reset();  // before the witnesses
}

TEST_F(ReceiptsTest, ComeLaterWhereTheStoreIsToBeRepaired) {
  const documents::Order order = world_.new_order();
  take(world_.confirm(world_.countersigned(order)));
  for (int i = 0; i < 2; ++i) take(world_.confirm(world_.countersigned(world_.new_order())));
  take(world_.database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("DELETE FROM log_entries WHERE log_index = 1", {}));
    return ok();
  }));
  EXPECT_TRUE(is_problem(ask_receipt(order), ErrorCode::kUnavailable));
}

TEST_F(ReceiptsTest, CarryTheMapByWhichTheirOrderWasDecided) {
  const auto put_in_force = [this](std::uint8_t version) {
    auto view = std::make_shared<network::MapView>(
        network::MapView{{.version = version,
                          .issued = world_.clock.now() - std::chrono::hours(24),
                          .expires = world_.clock.now() + std::chrono::hours(24),
                          .root = world_.network.root.certificate,
                          .next_root = {},
                          .data_centres = {}},
                         world_.network.anchor,
                         Bytes{version},
                         {version}});
    world_.public_log->current = [view] { return Result<std::shared_ptr<const network::MapView>>(view); };
  };
  const documents::Order first = world_.new_order();
  put_in_force(1);
  EXPECT_EQ(verify(confirm(world_.countersigned(first))).receipt.maps, std::vector<Bytes>{Bytes{1}});
  world_.clock.advance(std::chrono::seconds(1));
  put_in_force(2);
  const documents::Order second = world_.new_order();
  EXPECT_EQ(verify(confirm(world_.countersigned(second))).receipt.maps, std::vector<Bytes>{Bytes{2}});
  EXPECT_EQ(verify(ask_receipt(first)).receipt.maps, std::vector<Bytes>{Bytes{1}});
}

TEST_F(ReceiptsTest, AreFoundForTheirPurchaserToo) {
  const documents::Order order = world_.new_order();
  take(world_.confirm(world_.countersigned(order)));
  const auto digest = crypto::sha256(take(documents::write_order(order)));
  const auto& purchaser = world_.purchaser->certificate.subject();
  const auto receipt = take(world_.service->find_receipt_for_purchaser(order.id, digest, purchaser));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(verify(*receipt).confirmation.order_id, order.id);
  EXPECT_EQ(
      world_.service->find_receipt_for_purchaser(order.id, digest, world_.merchant->certificate.subject())
          .error()
          .code,
      ErrorCode::kNotFound);
}

}  // namespace
}  // namespace countersign::authority
