// SPDX-License-Identifier: Apache-2.0
// pay, resume, list, export: purchases.
#include <fmt/format.h>

#include <iostream>

#include "commands.h"
#include "crypto/digest.h"
#include "documents/receipt.h"
#include "evidence/verify.h"
#include "program.h"
#include "prompt.h"
#include "storage/secret_folder.h"
#include "wallet/incoming_view.h"
#include "wallet/trust.h"
#include "x509/cms_detached.h"

namespace countersign::app {
namespace {

void print_order(const wallet::PaymentView& view) {
  const documents::Order& order = view.order;
  std::cout << fmt::format("{}\n  {}\n  order {}, until {}\n\n", order.merchant.subject.value_of("CN"),
                           order.origin, order.id, format_time(order.expires));
  const std::string place = wallet::elsewhere(order.authority, order.purchaser.subject);
  if (!place.empty()) std::cout << fmt::format("  registered in {}, not your own region\n\n", place);
  for (const documents::OrderLine& line : order.lines)
    std::cout << fmt::format("  {:>6} × {:<40} {:>16}\n", line.quantity, line.description,
                             format_amount({line.unit_price, order.total.currency}));
  std::cout << fmt::format("\n  total {}\n", format_amount(order.total));
}

void print_outcome(const wallet::PaymentView& view) {
  for (const wallet::AttemptRecord& attempt : view.attempts)
    std::cout << fmt::format("  {} {}: {} {}\n", format_time(attempt.at),
                             attempt.source == wallet::AttemptSource::kGateway ? "merchant" : "authority",
                             attempt.outcome, attempt.detail);
  for (const wallet::CompanyAnswer& answer : view.answers)
    std::cout << fmt::format("  payment: {}\n", wallet::words_of(answer));
  if (!view.confirmation) return;
  const documents::Confirmation& confirmation = *view.confirmation;
  std::cout << fmt::format("Confirmed by {} on {}, index {}.\n", confirmation.data_centre.text(),
                           format_time(confirmation.time), confirmation.index);
  if (const auto receipt = documents::parse_receipt(view.record.receipt); receipt)
    std::cout << fmt::format("Number {} of the public log {}: {}.\n", confirmation.index,
                             confirmation.log.value_or(""),
                             documents::witness_state_name(receipt.value().state));
  if (confirmation.purchaser.degraded)
    std::cout << fmt::format(
        "Degraded: your own data centre could not be asked. Your certificate was last known to be good at "
        "{}.\n",
        format_time(*confirmation.purchaser.as_of));
}

// An order that is not confirmed is a failure of the command, with the first reason that was given.
Result<void> demand_confirmation(const wallet::PaymentView& view) {
  if (view.confirmation) return ok();
  if (view.refusal) {
    const documents::RefusalReason& reason = view.refusal->reasons.front();
    return fail(reason.code, "the authority refused: " + reason.detail);
  }
  if (wallet::is_declined(view))
    return fail(ErrorCode::kForbidden, "not bought: " + wallet::words_of(view.answers.back()));
  if (wallet::is_refused_for_now(view))
    return fail(ErrorCode::kUnavailable,
                fmt::format("the authority refused it for now and may confirm it until {}; "
                            "`countersign-wallet resume` asks again",
                            format_time(view.order.expires)));
  return fail(ErrorCode::kUnavailable,
              "signed and sent, but nobody has answered yet; `countersign-wallet resume` asks again");
}

Result<void> pay(const WalletConfig& config, const CommonOptions& options) {
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  wallet::PaymentDesk desk = wallet->payments();
  TRY(const wallet::PaymentView view, desk.begin(options.link));
  print_order(view);
  if (!options.yes) {
    if (Result<void> agreed = ask_to_go_on("Sign this order?"); !agreed) {
      TRY(desk.cancel(view.record.id));
      return fail(agreed.error());
    }
  }
  TRY(const crypto::SecretBytes pin, read_secret(options.pin_file, "PIN"));
  TRY(const wallet::PaymentView outcome, desk.approve(view.record.id, pin));
  print_outcome(outcome);
  return demand_confirmation(outcome);
}

Result<std::string> chosen_purchase(Wallet& wallet, const std::string& id) {
  if (!id.empty()) return id;
  TRY(const std::vector<wallet::PurchaseRecord> purchases, wallet.store->purchases());
  if (purchases.empty()) return fail(ErrorCode::kNotFound, "there is no purchase yet");
  return purchases.front().id;
}

Result<void> resume(const WalletConfig& config, const CommonOptions& options) {
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  TRY(const std::string id, chosen_purchase(*wallet, options.id));
  TRY(const crypto::SecretBytes pin, read_secret(options.pin_file, "PIN"));
  TRY(const wallet::PaymentView outcome, wallet->payments().resume(id, pin));
  print_outcome(outcome);
  return demand_confirmation(outcome);
}

Result<void> list(const WalletConfig& config) {
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  TRY(const std::vector<wallet::PaymentView> views, wallet->payments().list());
  for (const wallet::PaymentView& view : views)
    std::cout << fmt::format("{}  {}  {:<10} {:>16}  {}\n", view.record.id, format_time(view.record.created),
                             wallet::is_declined(view) ? "declined" : state_name(view.record.state),
                             format_amount(view.order.total), view.order.merchant.subject.value_of("CN"));
  return ok();
}

// Of profile set besides: what the card company got, and what it said. The signed order as the company gets
// it, the sealed payment, and the company's result without the merchant's signature around it.
Result<void> export_split_payment(Wallet& wallet, const std::string& id, BytesView signed_order,
                                  const std::filesystem::path& out) {
  TRY(const std::vector<wallet::SplitPaymentRecord> payments, wallet.store->split_payments(id));
  if (payments.empty()) return ok();
  TRY(const Bytes detached, x509::detach_content(signed_order));
  TRY(storage::write_file(out / "signed-order-detached.p7s", detached, storage::FileMode::kPublic));
  const wallet::SplitPaymentRecord& payment = payments.back();
  TRY(storage::write_file(out / "payment-instruction.p7m", payment.envelope, storage::FileMode::kPublic));
  if (payment.review.empty()) return ok();
  TRY(const auto relayed, x509::UnverifiedCms::parse(payment.review));
  return storage::write_file(out / "review-result.p7m", relayed.unverified_content(),
                             storage::FileMode::kPublic);
}

std::string receipt_name() {
  return "order" + std::string(documents::kReceiptFileEnding);
}

// The newest receipt that is to be had, as one file that `countersign verify` takes.
Result<void> export_receipt(const WalletConfig& config, const CommonOptions& options) {
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  TRY(const std::string id, chosen_purchase(*wallet, options.id));
  TRY(const crypto::SecretBytes pin, read_secret(options.pin_file, "PIN"));
  TRY(const Bytes file, wallet->payments().renew_receipt(id, pin));
  TRY(const documents::Receipt receipt, documents::parse_receipt(file));
  TRY(storage::write_file(options.out, file, storage::FileMode::kPublic));
  std::cout << fmt::format("Receipt of {} in {}: {}.\n", id, options.out,
                           documents::witness_state_name(receipt.state));
  return ok();
}

// Every layer as a file of its own: what openssl and others verify.
Result<void> export_evidence(const WalletConfig& config, const CommonOptions& options) {
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  TRY(const std::string id, chosen_purchase(*wallet, options.id));
  TRY(const wallet::PaymentView view, wallet->payments().show(id));
  if (view.record.confirmation.empty())
    return fail(ErrorCode::kNotFound,
                "this purchase has no confirmation; `countersign-wallet resume` asks for it");
  TRY(const wallet::Identity identity, wallet::find_identity(wallet->parties()));
  TRY(const evidence::Report report,
      evidence::verify_confirmation(view.record.confirmation, *identity.anchor));
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error) return fail(ErrorCode::kUnavailable, options.out + ": " + error.message());
  const std::filesystem::path out = options.out;
  const std::pair<const char*, BytesView> files[] = {{"confirmation.p7m", view.record.confirmation},
                                                     {"confirmation.json", report.content},
                                                     {"countersigned-order.p7m", report.countersigned_order},
                                                     {"signed-order.p7m", report.signed_order},
                                                     {"order.json", report.order_bytes}};
  for (const auto& [name, content] : files) {
    TRY(storage::write_file(out / name, content, storage::FileMode::kPublic));
  }
  if (!view.record.receipt.empty()) {
    TRY(storage::write_file(out / receipt_name(), view.record.receipt, storage::FileMode::kPublic));
  }
  TRY(export_split_payment(*wallet, id, report.signed_order, out));
  std::cout << "Evidence of " << id << " in " << options.out << "\n";
  return ok();
}

}  // namespace

void add_payment_commands(CLI::App& app, const Options& options, Command& command) {
  CLI::App* paying =
      add_leaf(app, "pay", "Take up a checkout's link: shows the order, asks for the PIN, signs", command,
               [options](const WalletConfig& config) { return pay(config, *options); });
  paying->add_option("link", options->link, "countersign:pay?…")->required();
  paying->add_flag("--yes", options->yes, "Sign without being asked");
  add_pin_option(paying, options);
  const auto add_id = [&options](CLI::App* leaf) {
    leaf->add_option("--order", options->id, "Which one; by default the newest");
    return leaf;
  };
  add_pin_option(
      add_id(add_leaf(app, "resume", "Send a signed order once more, and ask merchant and authority again",
                      command, [options](const WalletConfig& config) { return resume(config, *options); })),
      options);
  add_leaf(app, "list", "List purchases, newest first", command, list);
  add_id(add_leaf(app, "export", "Write a purchase's evidence to a folder", command,
                  [options](const WalletConfig& config) { return export_evidence(config, *options); }))
      ->add_option("--out", options->out, "Folder")
      ->required();
  CLI::App* receipt = add_id(add_leaf(
      app, "receipt", "Ask for the receipt, which more witnesses may have signed by now, and write it",
      command, [options](const WalletConfig& config) { return export_receipt(config, *options); }));
  receipt->add_option("--out", options->out, "File, called ….countersign-receipt.json")->required();
  add_pin_option(receipt, options);
}

}  // namespace countersign::app
