// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <deque>

#include "documents/consent.h"
#include "merchant/gateway_test_client.h"
#include "merchant/test_mediator.h"
#include "wallet/incoming.h"
#include "wallet/testing/memory_card.h"

namespace countersign {

using merchant::TestMediator;
using namespace std::chrono_literals;

inline constexpr std::string_view kHolder = "CANARY HOLDER";
inline constexpr std::string_view kName = "CANARY name";
inline constexpr std::string_view kGoods =
    "Jeju green tea";  // what is ordered; too long to stand in ciphertext by chance
inline constexpr std::string_view kAccountNumber = "110-123-456789";
inline constexpr std::string_view kPin = "1234";

// A PC that carries a wallet's connections to a gateway's relay and writes down everything.
class RecordingPc final : public wallet::ComputerSide {
 public:
  using Connect = std::function<std::unique_ptr<TestMediator>()>;
  explicit RecordingPc(Connect connect) : connect_(std::move(connect)) {}

  const std::string& name() const override { return name_; }
  wallet::Carrier carrier(const std::string&) override {
    return [this](int socket) {
      const std::lock_guard lock(mutex_);
      mediators_.push_back(connect_());
      return mediators_.back()->carry(socket);
    };
  }
  void hang_up() override {}
  void hang_up(const std::string&) override {}
  void tell(const link::Control& message) override {
    if (std::holds_alternative<link::Ended>(message)) is_over = true;
    const std::lock_guard lock(mutex_);
    told_.push_back(message);
  }
  std::vector<link::Control> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  std::size_t connections() {
    const std::lock_guard lock(mutex_);
    return mediators_.size();
  }
  // All bytes of all connections, as a mediator sees them.
  std::string seen() {
    const std::lock_guard lock(mutex_);
    std::string all;
    for (const auto& mediator : mediators_) all += mediator->seen();
    return all;
  }
  std::atomic<bool> is_over = false;  // the PC has been told of the end

 private:
  const Connect connect_;
  const std::string name_ = "Office PC";
  std::mutex mutex_;  // guards what follows
  std::vector<link::Control> told_;
  std::deque<std::unique_ptr<TestMediator>> mediators_;
};

// PurchaseTest is a real gateway on loopback and a real wallet in one process. What lies between them is a
// mediator of the test's.
struct PurchaseTest : merchant::GatewayTest {
  PurchaseTest() {
    enrol(*store, card,
          {shop.issue_purchaser("kim"), shop.issue_purchaser("kim", x509::Role::kPurchaserAgreement),
           shop.network.ca});
    take(card.log_in(secret(kPin)));
    wallet::HolderData data(parties());
    take(data.keep_personal({std::string(kName), "Seoul", "1990-01-01", "", ""}));
    take(data.add_means({documents::CardData{secret("4111111111111111"), "2029-08", std::string(kHolder)}}));
    take(
        data.add_means({documents::AccountData{"Hanok Bank", secret(kAccountNumber), std::string(kHolder)}}));
    card.log_out();
  }
  static crypto::SecretBytes secret(std::string_view text) { return merchant::secret_text(text); }
  virtual wallet::Parties parties() { return {*store, card, *peers, shop.clock}; }

  struct Holder {
    x509::Signer signing, agreement;
    x509::Certificate ca;
  };
  // What an enrolment leaves behind.
  void enrol(wallet::WalletStore& kept, wallet::MemoryCard& on, const Holder& holder) {
    wallet::EnrolmentRecord record;
    record.id = "019a0000-0000-7000-8000-000000000001";
    record.authority = "https://127.0.0.1:1";  // nobody is there
    record.root = shop.network.root.fingerprint();
    record.created = shop.clock.now();
    take(kept.add_enrolment(record));
    take(kept.keep_fetched(record.id, {}, {}));
    take(on.log_in(secret(kPin)));
    record.signing_key =
        take(on.import_key(card::KeyUse::kSigning, holder.signing.key, holder.signing.certificate));
    record.agreement_key =
        take(on.import_key(card::KeyUse::kAgreement, holder.agreement.key, holder.agreement.certificate));
    on.log_out();
    take(kept.keep_imported(record, shop.network.root, {holder.ca}));
    take(kept.keep_active(record.id, "suspend-me"));
  }

  // A PC that alters what it carries; `alter` makes what each connection suffers.
  std::shared_ptr<RecordingPc> pc_for(
      const Opened& checkout, std::function<TestMediator::Alter()> alter = [] { return nullptr; }) {
    return std::make_shared<RecordingPc>([=, this] {
      return std::make_unique<TestMediator>(relay_url(checkout), relay_options(checkout.token), alter());
    });
  }
  link::Start start_of(const Opened& checkout, std::string profile) const {
    return {"3f0c1f3e-9d53-4b86-8d3c-3a0c8a5d4a10",
            {{"https://127.0.0.1:" + std::to_string(gateway->port()),
              checkout.id,
              checkout.token,
              {std::move(profile)}}},
            std::string(merchant::kTestOrigin),
            true,
            ""};
  }

  struct Course {
    wallet::DialogueEnd end;
    std::optional<ErrorCode> failed;  // what the holder was told when an approval went wrong
  };
  // The purchase from its start to its end: the holder and the browser say yes to everything.
  Course buy(const link::Start& start, const std::shared_ptr<RecordingPc>& pc, std::string means,
             documents::OrderProfile weakest = documents::OrderProfile::kPlain) {
    wallet::IncomingDesk desk(parties(), {weakest, [](auto) {}});
    EXPECT_TRUE(desk.start(start, pc));
    Course course;
    for (std::uint64_t seen = 0;;) {
      const auto view = desk.view();
      if (view->state == wallet::IncomingState::kEnded) return {view->end, course.failed};
      if (view->state == wallet::IncomingState::kReview) {
        desk.go_on(start.purchase, *pc);
      } else if (view->state == wallet::IncomingState::kAsked && course.failed) {
        take(desk.refuse(start.purchase));
      } else if (view->state == wallet::IncomingState::kAsked) {
        const auto done = desk.approve(
            start.purchase, {view->question, {view->first().request->fields, means}, ""}, secret(kPin));
        if (!done) course.failed = done.error().code;
      } else {
        seen = desk.wait(seen, 100ms);
      }
    }
  }

  TemporaryFolder wallet_folder;
  std::unique_ptr<wallet::WalletStore> store = take(wallet::WalletStore::open(wallet_folder.path()));
  wallet::MemoryCard card;
  std::unique_ptr<wallet::Peers> peers =
      wallet::make_http_peers(http::AddressPolicy::kLoopbackOnly, shop.clock);
};

}  // namespace countersign
