// SPDX-License-Identifier: Apache-2.0
#include "link/pairing_store.h"

#include <fstream>
#include <iterator>

#include "link/test_world.h"

namespace countersign::link {
namespace {

struct PairingStoreTest : ::testing::Test {
  HandClock clock;
  Device pc{clock};
  Device terminal{clock};
  Sha256Digest pc_key() const { return pc.store->identity().digest(); }
  Sha256Digest terminal_key() const { return terminal.store->identity().digest(); }

  // Both sides spend one offer; its id.
  std::string pair() {
    const auto offer = pc.store->create_offer("Computer", clock.now()).value();
    const auto id = terminal.store->accept_offer(offer, clock.now()).value();
    EXPECT_TRUE(terminal.store->complete_offer(id, "Computer", pc_key(), clock.now()));
    EXPECT_TRUE(pc.store->complete_offer(id, "Terminal", terminal_key(), clock.now()));
    return id;
  }
};

TEST_F(PairingStoreTest, KeepsItsIdentityOverRestarts) {
  const auto before = pc_key();
  pc.open(clock);
  EXPECT_EQ(pc_key(), before);
  EXPECT_NE(pc_key(), terminal_key());
}

TEST_F(PairingStoreTest, RemembersAPairingOnBothSidesOverRestarts) {
  const auto id = pair();
  pc.open(clock);
  terminal.open(clock);
  const auto at_pc = pc.store->pairings().value();
  const auto at_terminal = terminal.store->pairings().value();
  ASSERT_EQ(at_pc.size(), 1U);
  ASSERT_EQ(at_terminal.size(), 1U);
  EXPECT_EQ(at_pc[0].id, id);
  EXPECT_EQ(at_pc[0].name, "Terminal");
  EXPECT_EQ(at_pc[0].peer, terminal_key());
  EXPECT_EQ(at_terminal[0].peer, pc_key());
  EXPECT_TRUE(equal_secrets(pc.store->keys(id).value().proof, terminal.store->keys(id).value().proof));
}

TEST_F(PairingStoreTest, KeepsNoSecretFromWhichTheOfferCouldBeShownAgain) {
  const auto offer = pc.store->create_offer("Computer", clock.now()).value();
  const auto secret = offer.secret.reveal(crypto::SecretAccess());
  for (const auto& entry : std::filesystem::directory_iterator(pc.folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(content.find(as_text(secret)), std::string::npos) << entry.path();
  }
}

TEST_F(PairingStoreTest, SpendsAnOfferOnce) {
  const auto offer = pc.store->create_offer("Computer", clock.now()).value();
  const auto id = pc.store->offers(clock.now()).value().at(0).id;
  ASSERT_TRUE(pc.store->complete_offer(id, "Terminal", terminal_key(), clock.now()));
  EXPECT_TRUE(pc.store->offers(clock.now()).value().empty());
  EXPECT_TRUE(pc.store->complete_offer(id, "Terminal", terminal_key(), clock.now()))
      << "again with the same is the same";
  const auto other = new_identity(clock).digest();
  EXPECT_EQ(code_of(pc.store->complete_offer(id, "Other", other, clock.now())), "conflict");
  EXPECT_EQ(pc.store->pairings().value().size(), 1U);
}

TEST_F(PairingStoreTest, RefusesASpentOfferThatIsReadAgain) {
  const auto offer = pc.store->create_offer("Computer", clock.now()).value();
  const auto id = terminal.store->accept_offer(offer, clock.now()).value();
  EXPECT_EQ(terminal.store->accept_offer(offer, clock.now()).value(), id) << "twice before it is spent";
  ASSERT_TRUE(terminal.store->complete_offer(id, "Computer", pc_key(), clock.now()));
  EXPECT_EQ(code_of(terminal.store->accept_offer(offer, clock.now())), "gone");
  ASSERT_TRUE(terminal.store->revoke(id, clock.now()));
  EXPECT_EQ(code_of(terminal.store->accept_offer(offer, clock.now())), "gone") << "nor after the revocation";
}

TEST_F(PairingStoreTest, ForgetsAnOfferWhenItsTimeIsOver) {
  const auto offer = pc.store->create_offer("Computer", clock.now()).value();
  const auto id = terminal.store->accept_offer(offer, clock.now()).value();
  clock.advance(PairingStore::kOfferLifetime);
  EXPECT_TRUE(terminal.store->offers(clock.now()).value().empty());
  EXPECT_TRUE(terminal.store->all_keys(clock.now()).value().empty());
  EXPECT_EQ(code_of(terminal.store->complete_offer(id, "Computer", pc_key(), clock.now())), "expired");
}

TEST_F(PairingStoreTest, WithdrawsAnOffer) {
  ASSERT_TRUE(pc.store->create_offer("Computer", clock.now()));
  const auto id = pc.store->offers(clock.now()).value().at(0).id;
  ASSERT_TRUE(pc.store->withdraw_offer(id));
  EXPECT_EQ(code_of(pc.store->complete_offer(id, "Terminal", terminal_key(), clock.now())), "gone");
}

TEST_F(PairingStoreTest, RefusesItsOwnOffer) {
  const auto offer = pc.store->create_offer("Computer", clock.now()).value();
  EXPECT_EQ(code_of(pc.store->accept_offer(offer, clock.now())), "conflict");
}

TEST_F(PairingStoreTest, RevokesForGood) {
  const auto id = pair();
  EXPECT_FALSE(terminal.store->was_revoked(pc_key()).value());
  ASSERT_TRUE(terminal.store->revoke(id, clock.now()));
  EXPECT_TRUE(terminal.store->pairings().value().empty());
  EXPECT_EQ(code_of(terminal.store->keys(id)), "not_found");
  EXPECT_TRUE(terminal.store->was_revoked(pc_key()).value());
  EXPECT_EQ(code_of(terminal.store->revoke(id, clock.now())), "not_found");
}

TEST_F(PairingStoreTest, PairsAnewAfterARevocation) {
  ASSERT_TRUE(terminal.store->revoke(pair(), clock.now()));
  pair();
  EXPECT_EQ(terminal.store->pairings().value().size(), 1U);
  EXPECT_FALSE(terminal.store->was_revoked(pc_key()).value());
}

TEST_F(PairingStoreTest, ListsTheMostRecentlyUsedFirst) {
  const auto first = pair();
  const auto second = pair();
  clock.advance(Seconds(5));
  ASSERT_TRUE(pc.store->note_contact(first, "127.0.0.1:4711", clock.now()));
  const auto pairings = pc.store->pairings().value();
  ASSERT_EQ(pairings.size(), 2U);
  EXPECT_EQ(pairings[0].id, first);
  EXPECT_EQ(pairings[0].last_address, "127.0.0.1:4711");
  EXPECT_EQ(pairings[1].id, second);
}

TEST_F(PairingStoreTest, LimitsOffersAndNames) {
  for (std::size_t i = 0; i < PairingStore::kMaxOffers; ++i)
    ASSERT_TRUE(pc.store->create_offer("Computer", clock.now()));
  EXPECT_EQ(code_of(pc.store->create_offer("Computer", clock.now())), "too_large");
  clock.advance(PairingStore::kOfferLifetime);
  EXPECT_EQ(code_of(pc.store->create_offer("Computer", clock.now())), "ok") << "expired ones make room";
  EXPECT_EQ(code_of(pc.store->create_offer("", clock.now())), "malformed");
  EXPECT_EQ(code_of(pc.store->create_offer("two\nlines", clock.now())), "malformed");
}

}  // namespace
}  // namespace countersign::link
