// SPDX-License-Identifier: Apache-2.0
// receive: one purchase from a paired PC, at the terminal instead of the screen.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <thread>

#include "commands.h"
#include "program.h"
#include "prompt.h"
#include "wallet/link_service.h"

namespace countersign::app {
namespace {

using wallet::IncomingState;
using wallet::IncomingView;

bool is_held(const IncomingView& view, const documents::RequestedField& field) {
  return std::ranges::find(view.holder.fields, field.field) != view.holder.fields.end();
}

void print_section(const IncomingView& view, const wallet::DialogueRequest& asked) {
  std::cout << fmt::format("{}\n  {}\n", asked.merchant.subject().value_of("CN"), asked.origin);
  if (!asked.elsewhere.empty())
    std::cout << fmt::format("  registered in {}, not your own region\n", asked.elsewhere);
  if (!asked.declined.empty())
    std::cout << fmt::format("  The payment was declined: {}\n",
                             asked.answer ? wallet::words_of(*asked.answer) : asked.declined);
  if (asked.standing)
    std::cout << fmt::format("  the payment by {} ···{} that was signed before is sent once more\n",
                             documents::method_name(asked.standing->method), asked.standing->ending);
  for (const x509::Name& company : asked.companies)
    std::cout << fmt::format("  can be paid by a card of {}\n", wallet::short_name(company));
  for (const documents::RequestedField& field : asked.fields)
    std::cout << fmt::format("  asks for {}{}\n", documents::field_name(field),
                             is_held(view, field) ? "" : ", which your card does not hold");
  if (!asked.order) return;
  for (const documents::OrderLine& line : asked.order->lines)
    std::cout << fmt::format("  {:>6} × {:<40} {:>16}\n", line.quantity, line.description,
                             format_amount({line.unit_price, asked.order->total.currency}));
  std::cout << fmt::format("  to this merchant {}\n", format_amount(asked.order->total));
}

void print_question(const IncomingView& view, const wallet::IncomingQuestion& question) {
  for (const auto& section : view.sections) {
    if (section.end) std::cout << fmt::format("{}: {}\n", section.gateway, wallet::words_of(*section.end));
    if (section.asks) print_section(view, *section.request);
    if (!section.trouble.empty()) std::cout << fmt::format("  {}\n", section.trouble);
  }
  std::cout << fmt::format("  from the PC {}\n", view.computer);
  if (!view.attested)
    std::cout << fmt::format("  No browser attests where this began. Code on the PC: {}\n", view.code);
  if (view.sections.size() > 1)
    std::cout << "  Each order is decided by itself: one can fail and another not.\n";
  for (const Amount& total : question.totals)
    std::cout << fmt::format("\n  total {}\n", format_amount(total));
}

// Everything asked for that the card holds, and the chosen way to pay or the first that all shops take.
wallet::Release release_of(const IncomingView& view, const wallet::IncomingQuestion& question,
                           const std::string& means) {
  wallet::Release release{{}, means};
  for (const documents::RequestedField& field : question.fields) {
    if (is_held(view, field)) release.fields.push_back(field);
  }
  if (release.means.empty() && !question.means.empty()) release.means = question.means.front().id;
  return release;
}

Result<void> answer(wallet::IncomingDesk& desk, const IncomingView& view, const CommonOptions& options) {
  TRY(const wallet::IncomingQuestion question, wallet::question_of(view));
  print_question(view, question);
  if (!options.yes) {
    if (Result<void> agreed = ask_to_go_on("Is all of this so, the code too, and do you agree?"); !agreed) {
      TRY(desk.refuse(view.id));
      return ok();
    }
  }
  TRY(const crypto::SecretBytes pin, read_secret(options.pin_file, "PIN"));
  return desk.approve(
      view.id,
      {view.question, release_of(view, question, options.id), options.yes ? options.code : view.code}, pin);
}

Result<void> tell_end(const IncomingView& view) {
  using wallet::DialogueResult;
  const bool are_several = view.sections.size() > 1;
  for (const auto& section : view.sections) {
    if (are_several) std::cout << fmt::format("{}: {}\n", section.gateway, wallet::words_of(*section.end));
  }
  if (view.end.result == DialogueResult::kConfirmed || view.end.result == DialogueResult::kIdentified) {
    if (!are_several) std::cout << wallet::words_of(view.end) << "\n";
    return ok();
  }
  return fail(wallet::told_end(view).code.value_or(ErrorCode::kCancelled), wallet::words_of(view.end));
}

Result<void> receive(const WalletConfig& config, const CommonOptions& options) {
  if (!config.link)
    return fail(ErrorCode::kUnsupported,
                "[link] names no address, nor Bluetooth: this wallet does not listen for PCs");
  TRY(const std::unique_ptr<Wallet> wallet, open_wallet(config));
  TRY(const std::unique_ptr<wallet::Pairings> pairings, wallet::Pairings::open(config.folder, wallet->clock));
  wallet::IncomingDesk desk(wallet->parties(),
                            {config.weakest_profile, [](auto time) { std::this_thread::sleep_for(time); }});
  TRY(const auto link, wallet::LinkService::start(*config.link, *pairings, desk, wallet->clock));
  const wallet::LinkState& state = link->state();
  if (!state.listens) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("Bluetooth: {}: {} {}", link::obstacle_name(state.obstacle->obstacle),
                            state.obstacle->error.detail, link::remedy(state.obstacle->obstacle)));
  }
  std::cout << (state.port == 0
                    ? "Waiting for a purchase from a paired PC, over Bluetooth.\n"
                    : fmt::format("Waiting for a purchase from a paired PC, port {}.\n", state.port))
            << std::flush;
  for (std::uint64_t seen = 0;;) {
    seen = desk.wait(seen, std::chrono::hours(1));
    const std::optional<IncomingView> view = desk.view();
    if (!view) continue;
    if (view->state == IncomingState::kEnded) return tell_end(*view);
    if (view->state != IncomingState::kAsked) continue;
    if (Result<void> answered = answer(desk, *view, options); !answered) {
      // Without somebody at the terminal there is nobody to correct it.
      static_cast<void>(desk.refuse(view->id));
      return answered;
    }
  }
}

}  // namespace

void add_receive_command(CLI::App& app, const Options& options, Command& command) {
  CLI::App* leaf =
      add_leaf(app, "receive", "Wait for one purchase from a paired PC, and approve it here", command,
               [options](const WalletConfig& config) { return receive(config, *options); });
  leaf->add_flag("--yes", options->yes, "Approve without being asked");
  leaf->add_option("--means", options->id, "Which way to pay; by default the first that the shop takes");
  leaf->add_option("--code", options->code,
                   "With --yes: the code that the PC shows, where no browser attests");
  add_pin_option(leaf, options);
}

}  // namespace countersign::app
