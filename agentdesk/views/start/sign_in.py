"""Signing in to Central: address, name, password, and a certificate where a company has its own."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from agentdesk import messages
from agentdesk.errors import Code, ExternalError
from agentdesk.i18n import tr, trc
from agentdesk.ui.notices import Words
from agentdesk.ui.theme import Space, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.fields import LabelledField
from agentdesk.ui.widgets.frames import row
from agentdesk.views.start.card import CardPage, SecretField

_THIS_COMPUTER = ("localhost", "127.", "[::1]")


class SignInPage(CardPage):
    """Asks who works here; checks nothing but that nothing is missing."""

    sign_in_requested = Signal(str, str, str, str)
    """Address, name, password, and the path of a certificate file or "" for none."""
    quit_requested = Signal()

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(
            themes,
            tr("Sign in to Central"),
            tr("Your administrator has given you the address, a name and a password."),
            parent,
        )
        self.setObjectName("sign_in_page")
        self.address = _line("sign_in_address", "https://central.example.com")
        self.address.setInputMethodHints(Qt.InputMethodHint.ImhUrlCharactersOnly)
        self.name = _line("sign_in_name")
        self.password = SecretField(themes)
        self.password.setObjectName("sign_in_password")
        self.ca_file = _line("sign_in_ca_file")
        self._fields = [
            LabelledField(themes, tr("Address of Central"), self.address),
            LabelledField(themes, trc("sign-in", "Name"), self.name),
            LabelledField(themes, tr("Password"), self.password),
        ]
        for field in self._fields:
            self.body.addWidget(field)
        self._add_certificate(themes)
        self.sign_in = self.add_primary(tr("Sign in"))
        self.sign_in.setObjectName("sign_in_button")
        self.sign_in.clicked.connect(self._submit)
        self.leave = Button(themes, tr("Quit"), ButtonKind.QUIET)
        self.leave.clicked.connect(self.quit_requested)
        self.add_quiet(self.leave)
        for line in (self.address, self.name, self.password, self.ca_file):
            line.returnPressed.connect(self._go_on)
            line.textEdited.connect(self._forgive)
        themes.follow(self._follow_theme)

    def _add_certificate(self, themes: ThemeSwitch) -> None:
        self.choose_file = Button(themes, tr("Choose file…"))
        self.choose_file.clicked.connect(self._choose_file)
        beside = QWidget()
        self._beside = row(beside)
        self._beside.addWidget(self.ca_file, 1)
        self._beside.addWidget(self.choose_file)
        beside.setFocusProxy(self.ca_file)
        self._certificate = LabelledField(
            themes,
            tr("Certificate of the server (PEM file)"),
            beside,
            hint=tr("Only if your company issues its own certificates."),
        )
        self.ca_file.setAccessibleName(tr("Certificate of the server (PEM file)"))
        self._certificate.setVisible(False)
        self.own_certificate = Button(
            themes, tr("The server has a certificate of its own"), ButtonKind.LINK
        )
        self.own_certificate.clicked.connect(self._show_certificate)
        self.body.addWidget(self.own_certificate, 0, Qt.AlignmentFlag.AlignLeading)
        self.body.addWidget(self._certificate)

    def prefill(self, address: str = "", name: str = "", ca_file: str = "") -> None:
        """Put in what is remembered from the last time; a password never is."""
        self.address.setText(address)
        self.name.setText(name)
        self.ca_file.setText(ca_file)
        if ca_file:
            self._show_certificate()

    def say(self, words: Words) -> None:
        """Tell what went wrong; without a sign-in nobody can go on working meanwhile."""
        away = messages.words_for(ExternalError(Code.SERVER_UNREACHABLE))
        if words.meaning == away.meaning:
            here = tr("You are not signed in.")
            words = messages.Words(words.what, here, words.next_step, words.code)
        super().say(words)

    def set_busy(self, busy: bool) -> None:
        """Wait for Central's answer, with the fields locked."""
        for widget in (*self._fields, self.own_certificate, self._certificate, self.sign_in):
            widget.setEnabled(not busy)
        self.sign_in.set_words(tr("Signing in…") if busy else tr("Sign in"))
        if busy:
            self.trouble.clear()

    def take_keyboard(self) -> None:
        """Go to the first empty field, else to the password with its text chosen."""
        for line in (self.address, self.name):
            if not line.text().strip():
                line.setFocus()
                return
        self.password.setFocus()
        self.password.selectAll()

    def _show_certificate(self) -> None:
        self._certificate.setVisible(True)
        self.own_certificate.setVisible(False)
        self.ca_file.setFocus()

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, tr("Choose the certificate of the server"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("Certificates (*.pem *.crt *.cer)"), tr("All files (*)")])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.ca_file.setText)
        dialog.open()

    def _go_on(self) -> None:
        """Enter goes to the next empty field, and signs in from the last one."""
        for line in (self.address, self.name, self.password):
            if not line.text().strip():
                line.setFocus()
                return
        self._submit()

    def _submit(self) -> None:
        if not self.sign_in.isEnabled() or not self._complete():
            return
        self.address.setText(whole_address(self.address.text()))
        self.set_busy(True)
        self.sign_in_requested.emit(
            self.address.text(),
            self.name.text().strip(),
            self.password.text(),
            self.ca_file.text().strip(),
        )

    def _complete(self) -> bool:
        missing = (
            (self.address, tr("Central's address is missing.")),
            (self.name, tr("Your name is missing.")),
            (self.password, tr("Your password is missing.")),
        )
        for field, (line, words) in zip(self._fields, missing, strict=True):
            field.show_error("" if line.text().strip() else words)
        empty = [line for line, _words in missing if not line.text().strip()]
        if empty:
            empty[0].setFocus()
        return not empty

    def _forgive(self) -> None:
        for field in self._fields:
            if field.error.text:
                field.show_error("")

    def _follow_theme(self, theme: Theme) -> None:
        self._beside.setSpacing(theme.px(Space.S))


def whole_address(typed: str) -> str:
    """Return an address with the scheme that nobody types: TLS, but within this computer."""
    address = typed.strip()
    if "://" in address:
        return address
    return f"http://{address}" if address.startswith(_THIS_COMPUTER) else f"https://{address}"


def _line(name: str, placeholder: str = "") -> QLineEdit:
    line = QLineEdit()
    line.setObjectName(name)
    line.setPlaceholderText(placeholder)
    return line
