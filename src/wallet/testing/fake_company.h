// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/dialogue.h"
#include "documents/split_payment.h"
#include "evidence/testing/trade.h"

namespace countersign::wallet {

// FakeCompany is a card company of a trade: it opens what is sealed to it and signs what it decided, with
// real keys and certificates, and decides as a test says.
struct FakeCompany {
  FakeCompany(const evidence::Trade& its_trade, std::string_view common_name);

  const x509::Name& name() const { return signer.certificate.subject(); }
  // As an order of profile set names it.
  documents::PartyReference reference() const { return documents::reference_to(agreement.certificate); }
  documents::SplitOffer offer(Bytes order, std::vector<documents::PaymentMethod> methods) const;
  Result<documents::SplitInstruction> open(BytesView envelope, Sha256Digest& digest) const;
  // The result under its signature; and under the merchant's besides, as it reaches a wallet.
  Bytes sign(const documents::ReviewResult& result) const;
  Bytes relayed(const documents::ReviewResult& result) const;

  const evidence::Trade& trade;
  x509::Signer signer, agreement;
};

// The result of a company that approves, or declines with this code.
documents::ReviewResult approval(const documents::SplitTerms& terms, const Sha256Digest& instruction);
documents::ReviewResult refusal(const documents::SplitTerms& terms, const Sha256Digest& instruction,
                                std::string code);

// One for all tests of the program, as there is one trade.
const FakeCompany& hanok_card(const evidence::Trade& trade);
const FakeCompany& other_card(const evidence::Trade& trade);

}  // namespace countersign::wallet
