// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>

#include "documents/consent.h"
#include "evidence/testing/trade.h"
#include "wallet/enrolment.h"
#include "wallet/payment.h"
#include "wallet/testing/fake_dialogue.h"
#include "wallet/testing/memory_card.h"

namespace countersign::wallet {

using evidence::Trade;

// FakePeers plays authority and gateway of one trade in this process: real documents, real signatures, no
// network. Members say how they misbehave.
class FakePeers final : public Peers {
 public:
  explicit FakePeers(const Trade& trade);

  Result<std::unique_ptr<AuthorityAccess>> first_contact(const std::string& url,
                                                         const Sha256Digest& root) override;
  Result<std::unique_ptr<AuthorityAccess>> authority(
      const std::string& url, const x509::Name& data_centre,
      std::shared_ptr<const x509::TrustAnchor> anchor) override;
  Result<std::unique_ptr<GatewayAccess>> gateway(const std::string& url,
                                                 std::shared_ptr<const x509::TrustAnchor> anchor,
                                                 Carrier carrier) override;
  Result<Bytes> decide(BytesView signed_order);  // the authority's document about it

  const Trade& trade;
  // Enrolment:
  documents::Consent consent;
  x509::Signer consent_signer;  // the merchant, unless a test says otherwise
  x509::KeyFile key_file;
  std::string password = "correct horse";
  int key_files_fetched = 0;
  int completions_to_lose = 0;  // answers to completion that get lost on the way
  Bytes acceptance;             // as handed in
  // What goes sealed to an agreement key that cannot sign.
  std::function<documents::AgreementCertificate(documents::AgreementCertificate)> change_sealed =
      [](auto document) { return document; };
  // Purchase:
  documents::Order order;
  bool puts_group = true;                    // into the order: that of the wallet's opening
  std::map<std::string, FakePeers*> others;  // gateways besides, by URL
  bool gateway_is_down = false;
  std::function<void()> before_connecting = [] {};
  bool gateway_dies_after_asking = false;
  // What connections to the gateway come to nothing with, before anything is asked or only when it is; and
  // those to the authority.
  std::optional<Error> no_connection, connection_ends, no_authority;
  bool authority_is_down = false;
  std::optional<Bytes> network_map;  // none: the authority has no map
  // The CA that the authority's server is certified by now, and those who do not know it do not reach it.
  std::optional<x509::Certificate> server_ca;
  std::atomic<int> network_maps_asked = 0;
  struct Reached {
    std::string url;
    x509::Name data_centre;
  };
  std::vector<Reached> authorities_reached;
  std::mutex reaching;    // guards it: dialogues are opened on several threads
  int not_yet_found = 0;  // questions that the authority answers with not_found first
  std::function<Bytes(Bytes)> change_answer = [](Bytes answer) { return answer; };
  std::function<void(documents::Confirmation&)> change_confirmation = [](auto&) {};
  // What authority and gateway give as the receipt of the confirmation. None: the authority answers with
  // the confirmation alone, the gateway that it has none.
  std::function<Result<Bytes>()> authority_receipt, gateway_receipt;
  int receipts_fetched = 0;              // of the gateway
  bool named_authority_is_down = false;  // that which the order names; the purchaser's own hands questions on
  std::optional<bool> refuses;           // finally (true) or temporarily (false)
  Bytes confirmation;                    // as the authority recorded it
  int signed_orders_received = 0;
  int payments_to_cut = 0;  // connections that end when a payment is about to be sealed for them
  std::function<void()> when_cut = [] {};
  std::atomic<int> cancelled = 0;  // who waits for it is notified
  std::function<void()> when_cancelled = [] {};
  FakeDialogue dialogue;
  std::vector<documents::HolderRequest> questions;
  std::function<Result<Bytes>(const documents::HolderRequest&)> answer_question;
};

// A trade within one data centre, made once; another whose purchaser is of another one than the merchant.
const Trade& shared_trade();
const Trade& trade_across();

// WalletWorld is a wallet with a card in memory and fake peers, in a folder of its own.
class WalletWorld {
 public:
  explicit WalletWorld(const Trade& between = shared_trade());
  ~WalletWorld();
  Parties parties() { return {*store, card, peers, clock, maps.get()}; }
  EnrolmentDesk enrolments() { return EnrolmentDesk(parties()); }
  PaymentDesk payments() {
    return PaymentDesk(parties(), [this](std::chrono::milliseconds time) { waited += time; });
  }
  // Ends the process and starts it anew: only what was stored remains.
  void restart();
  // Puts the keys of the trade's purchaser on the card, as an enrolment does.
  void enrol();
  std::string enrolment_link() const;
  // The shop works with a company, in profile set alone, and its order names it.
  void sell_in_set(const FakeCompany& company);
  std::string payment_link() const {
    return "countersign:pay?gateway=https://127.0.0.1:8443&checkout=checkout-1&token=t";
  }

  struct StandingClock final : Clock {
    TimePoint now() const override { return time; }
    TimePoint time;
  };
  const Trade& trade;
  StandingClock clock;
  std::filesystem::path folder;
  std::unique_ptr<WalletStore> store;
  MemoryCard card;
  FakePeers peers;
  std::unique_ptr<NetworkMaps> maps;
  std::chrono::milliseconds waited{0};
};

crypto::SecretBytes secret(std::string_view text);
inline constexpr Sha256Digest kAgreementProof{7, 7, 7};
inline constexpr std::string_view kEnrolmentId = "019a0000-0000-7000-8000-000000000001";

}  // namespace countersign::wallet
