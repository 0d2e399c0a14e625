// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evidence/verify.h"
#include "x509/cms.h"

namespace countersign::evidence {

// Examination is one verification under way: it first takes the evidence apart, layer by layer, without
// believing any of it, and then judges the layers from the outside in at the time of decision.
class Examination {
 public:
  Examination(const x509::Certificate& root, const VerifyOptions& options) : root_(root), options_(options) {}

  void read(BytesView der);
  void read_review(BytesView der);  // after it
  void judge();
  Report report() && { return std::move(report_); }

 private:
  // Layer is one SignedData: what signed what in which role.
  struct Layer {
    std::string path;
    x509::Role role;
    x509::UnverifiedCms cms;  // views into bytes that the report or the caller owns
    std::optional<x509::Certificate> signer;
    std::optional<x509::VerifiedCms> verified;  // once it is judged
  };

  // The CAs that a message brought and a root certified.
  struct RootsAuthorities {
    const x509::Certificate& root;
    std::vector<x509::Certificate> authorities;
    Result<void> add(const x509::Certificate& ca, TimePoint at);
  };

  void find(ErrorCode code, std::string path, std::string detail);
  void find(const Error& error, std::string path) { find(error.code, std::move(path), error.detail); }
  std::optional<EvidenceKind> kind_of(const x509::UnverifiedCms& cms);
  Layer* add_layer(std::string path, x509::Role role, BytesView der);

  void read_confirmation(const x509::UnverifiedCms& cms);
  void read_refusal(const x509::UnverifiedCms& cms);
  void read_countersigned_order(const std::string& path, BytesView der);
  void read_signed_order(const std::string& path, BytesView der);
  void read_review_result(const std::string& path, BytesView der);

  TimePoint time_of_decision() const;
  void collect_authorities();
  const x509::TrustAnchor* anchor_of(const x509::Certificate& signer) const;
  void judge_layer(Layer& layer);
  void judge_data_centre(const x509::Name& data_centre);
  void judge_confirmation(const documents::Confirmation& confirmation);
  void judge_refusal(const documents::Refusal& refusal);
  void judge_party(const documents::ConfirmedParty& party, const Layer& layer, const std::string& path);
  void judge_as_of(const documents::ConfirmedParty& party, const std::string& path);
  void judge_order(const documents::Order& order);
  void judge_payments();
  void judge_review();
  void judge_review_signers(const documents::Order& order);
  void judge_reviewed(const documents::ReviewResult& result, const documents::SplitTerms& expected);
  void judge_named_review(const documents::ReviewResult& result, const documents::Confirmation& confirmation);
  const Layer* layer_of(x509::Role role) const;  // of the evidence, without the review
  const Layer* layer_at(std::string_view path) const;

  const x509::Certificate& root_;
  const VerifyOptions& options_;
  Report report_;
  Bytes outermost_;
  std::vector<Layer> layers_;  // of the evidence, outermost first, then of the review
  std::size_t evidence_layers_ = 0;
  std::string order_path_;
  std::string review_path_;                 // empty where none was given
  Bytes review_bytes_;                      // JSON
  std::vector<x509::TrustAnchor> anchors_;  // one for each root; empty where the given one does not hold
};

}  // namespace countersign::evidence
