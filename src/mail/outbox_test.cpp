// SPDX-License-Identifier: Apache-2.0
#include "mail/outbox.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <mutex>

#include "crypto/random.h"
#include "mail/backoff.h"
#include "sample/manual_clock.h"

namespace countersign::mail {
namespace {

using State = OutboxEntry::State;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Answers with the failures it was told, then accepts; remembers what it was handed.
struct Mailbox {
  std::mutex mutex;  // guards all of it
  std::condition_variable arrived;
  std::deque<Error> failures;
  std::function<void()> on_send;
  std::vector<std::string> recipients, messages;
  int attempts = 0;
};

class FakeTransport final : public Transport {
 public:
  explicit FakeTransport(Mailbox& mailbox) : mailbox_(mailbox) {}
  Result<void> send(std::string_view, std::string_view to, const crypto::SecretBytes& message) override {
    const std::lock_guard lock(mailbox_.mutex);
    ++mailbox_.attempts;
    if (mailbox_.on_send) mailbox_.on_send();
    if (!mailbox_.failures.empty()) {
      const Error error = mailbox_.failures.front();
      mailbox_.failures.pop_front();
      return fail(error);
    }
    mailbox_.recipients.emplace_back(to);
    mailbox_.messages.push_back(to_text(message.reveal(crypto::SecretAccess())));
    mailbox_.arrived.notify_all();
    return ok();
  }

 private:
  Mailbox& mailbox_;
};

class OutboxTest : public testing::Test {
 protected:
  OutboxTest() { reopen(); }

  void reopen() {
    outbox_ = Outbox::open(*database_, storage::SecretFolder::open(folder_).value(),
                           std::make_unique<FakeTransport>(mailbox_), clock_)
                  .value();
  }
  std::string add(std::string_view owner = "") {
    std::string id;
    const auto added = database_->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(id, outbox_->add(transaction, message(), owner));
      return ok();
    });
    EXPECT_TRUE(added) << added.error().detail;
    return id;
  }
  Result<void> cancel(const std::string& id) {
    return database_->write(
        [&](storage::Transaction& transaction) { return outbox_->cancel(transaction, id); });
  }
  OutboxEntry entry(const std::string& id) { return outbox_->find(id).value().value(); }
  std::size_t keys() const { return storage::SecretFolder::open(folder_).value().names().value().size(); }

  static Message message() {
    return {.from = "authority@seoul-1.example",
            .from_name = "",
            .to = "hong@shop.example",
            .subject = "Password",
            .text = "the-password-itself",
            .html = ""};
  }

  const std::filesystem::path base_ = testing::TempDir() + crypto::random_token(12);
  const std::filesystem::path folder_ = base_.string() + ".keys";
  const std::unique_ptr<storage::Database> database_ = storage::open_sqlite(base_.string() + ".db").value();
  ManualClock clock_{from_unix_seconds(1'795'336'200)};
  Mailbox mailbox_;
  std::unique_ptr<Outbox> outbox_;
};

TEST_F(OutboxTest, SendsAndThenForgetsAMail) {
  const std::string id = add();
  EXPECT_EQ(entry(id).state, State::kWaiting);
  EXPECT_EQ(keys(), 1u);
  EXPECT_EQ(outbox_->send_due().value(), 1);
  ASSERT_EQ(mailbox_.recipients, std::vector<std::string>{"hong@shop.example"});
  EXPECT_NE(mailbox_.messages[0].find("the-password-itself"), std::string::npos);
  EXPECT_EQ(entry(id).state, State::kSent);
  EXPECT_EQ(keys(), 0u);
  EXPECT_EQ(outbox_->send_due().value(), 0);
}

TEST_F(OutboxTest, SendsNothingOfATransactionThatFailed) {
  std::string id;
  EXPECT_FALSE(database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(id, outbox_->add(transaction, message(), ""));
    return fail(ErrorCode::kConflict, "something else went wrong");
  }));
  EXPECT_EQ(outbox_->send_due().value(), 0);
  EXPECT_FALSE(outbox_->find(id).value());
  EXPECT_TRUE(outbox_->forget(id));
  EXPECT_EQ(keys(), 0u);
}

TEST_F(OutboxTest, RefusesAMailThatCannotBeSent) {
  Message wrong = message();
  wrong.to = "not an address";
  const auto added = database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(outbox_->add(transaction, wrong, ""));
    return ok();
  });
  EXPECT_EQ(added.error().code, ErrorCode::kMalformed);
}

TEST_F(OutboxTest, TriesAgainLaterAndLater) {
  const std::string id = add();
  mailbox_.failures.assign(3, Error{ErrorCode::kUnavailable, "mail server is down"});
  std::chrono::microseconds last{0};
  for (int attempt = 1; attempt <= 3; ++attempt) {
    EXPECT_EQ(outbox_->send_due().value(), 0);
    const OutboxEntry waiting = entry(id);
    EXPECT_EQ(waiting.state, State::kWaiting);
    EXPECT_EQ(waiting.attempts, attempt);
    EXPECT_EQ(waiting.last_error, "mail server is down");
    const auto delay = waiting.next_attempt - clock_.now();
    EXPECT_GE(delay, last);
    EXPECT_EQ(outbox_->send_due().value(), 0) << "not before its time";
    EXPECT_EQ(mailbox_.attempts, attempt);
    last = delay;
    clock_.advance(delay);
  }
  EXPECT_EQ(outbox_->send_due().value(), 1);
  EXPECT_EQ(entry(id).attempts, 4);
}

TEST_F(OutboxTest, GivesUpOnARefusal) {
  const std::string id = add();
  mailbox_.failures.push_back({ErrorCode::kForbidden, "550"});
  EXPECT_EQ(outbox_->send_due().value(), 0);
  EXPECT_EQ(entry(id).state, State::kFailed);
  EXPECT_EQ(entry(id).last_error, "550");
  EXPECT_EQ(keys(), 0u);
}

TEST_F(OutboxTest, GivesUpAfterThreeDays) {
  const std::string id = add();
  mailbox_.failures.assign(1000, Error{ErrorCode::kUnavailable, "down"});
  for (int hour = 0; hour <= 73; ++hour) {
    ASSERT_TRUE(outbox_->send_due());
    clock_.advance(hours{1});
  }
  EXPECT_EQ(entry(id).state, State::kFailed);
  EXPECT_EQ(keys(), 0u);
}

TEST_F(OutboxTest, SendsAgainWhatWasSentAndNotMarked) {
  const std::string id = add();
  mailbox_.on_send = [] { throw std::runtime_error("killed here"); };
  EXPECT_THROW((void)outbox_->send_due(), std::runtime_error);
  mailbox_.on_send = nullptr;
  reopen();
  EXPECT_EQ(outbox_->send_due().value(), 0) << "another process may still be sending it";
  clock_.advance(minutes{2});
  EXPECT_EQ(outbox_->send_due().value(), 1);
  EXPECT_EQ(entry(id).attempts, 2);
}

TEST_F(OutboxTest, DoesNotSendWhatWasCancelled) {
  const std::string id = add();
  ASSERT_TRUE(cancel(id));
  EXPECT_TRUE(outbox_->forget(id));
  EXPECT_EQ(keys(), 0u);
  EXPECT_EQ(outbox_->send_due().value(), 0);
  EXPECT_EQ(entry(id).state, State::kCancelled);
  EXPECT_TRUE(cancel(id)) << "may be repeated";
  EXPECT_EQ(cancel("0190aa00-0000-7000-8000-000000000000").error().code, ErrorCode::kNotFound);
}

TEST_F(OutboxTest, CancelsWhatWaitsOfOneOwnerAndOfNobodyElse) {
  const auto id = add("holder-1");
  add("holder-2");
  add();
  const auto cancel_all_of = [&](std::string_view owner) {
    std::vector<std::string> cancelled;
    EXPECT_TRUE(database_->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(cancelled, outbox_->cancel_all_of(transaction, owner));
      return ok();
    }));
    return cancelled;
  };
  EXPECT_EQ(cancel_all_of("holder-1"), std::vector<std::string>{id});
  EXPECT_TRUE(outbox_->forget(id));
  EXPECT_TRUE(cancel_all_of("holder-1").empty());
  EXPECT_EQ(outbox_->send_due().value(), 2);
}

TEST_F(OutboxTest, RefusesToCancelTheMailsOfNobody) {
  add();
  const auto cancelled = database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(outbox_->cancel_all_of(transaction, ""));
    return ok();
  });
  EXPECT_EQ(cancelled.error().code, ErrorCode::kMalformed);
  EXPECT_EQ(outbox_->send_due().value(), 1);
}

TEST_F(OutboxTest, LeavesASentMailSentWhenItIsCancelled) {
  const std::string id = add();
  ASSERT_EQ(outbox_->send_due().value(), 1);
  EXPECT_TRUE(cancel(id));
  EXPECT_EQ(entry(id).state, State::kSent);
}

TEST_F(OutboxTest, DoesNotForgetAMailThatWaits) {
  const std::string id = add();
  EXPECT_EQ(outbox_->forget(id).error().code, ErrorCode::kConflict);
  EXPECT_EQ(outbox_->send_due().value(), 1);
}

TEST_F(OutboxTest, GivesUpAMailWhoseKeyIsGone) {
  const std::string id = add();
  ASSERT_TRUE(storage::SecretFolder::open(folder_).value().destroy("mail-" + id));
  EXPECT_EQ(outbox_->send_due().value(), 0);
  EXPECT_EQ(entry(id).state, State::kFailed);
}

TEST_F(OutboxTest, KeepsContentsAndAddressOutOfTheDatabase) {
  add();
  ASSERT_TRUE(database_->backup_to(base_.string() + ".backup"));
  for (const char* file : {".db", ".db-wal", ".backup"}) {
    const auto bytes = storage::read_file(base_.string() + file, 1 << 24).value();
    EXPECT_EQ(as_text(bytes).find("hong@"), std::string_view::npos) << file;
    EXPECT_EQ(as_text(bytes).find("the-password"), std::string_view::npos) << file;
  }
}

TEST_F(OutboxTest, SweepsKeysThatACrashLeft) {
  const auto folder = storage::SecretFolder::open(folder_).value();
  ASSERT_TRUE(folder.create("mail-" + crypto::random_uuid_v7(clock_.now() - hours{2}), 32));
  ASSERT_TRUE(
      folder.create("mail-" + crypto::random_uuid_v7(clock_.now()), 32));  // perhaps about to be committed
  mailbox_.failures.push_back({ErrorCode::kUnavailable, "down"});
  add();
  outbox_->start();
  outbox_->stop();
  EXPECT_EQ(keys(), 2u);
}

TEST_F(OutboxTest, SendsFromItsThreadWhenWoken) {
  outbox_->start();
  add();
  outbox_->wake();
  std::unique_lock lock(mailbox_.mutex);
  EXPECT_TRUE(mailbox_.arrived.wait_for(lock, seconds{10}, [&] { return mailbox_.messages.size() == 1; }));
  lock.unlock();
  outbox_->stop();
}

}  // namespace
}  // namespace countersign::mail
