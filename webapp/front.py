"""Put nginx before pages and live process: https, one origin, one port.

nginx runs as one more watched child with a configuration that is written at each start. It reads a
request whole before it passes it on, so that a slow telephone holds no thread of the pages, and
passes events on as they come.
"""

import os
import resource
import shutil
import socket
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from census.store.settings import Settings
from webapp.certificates import Certificates, read
from webapp.refusals import too_large
from webapp.supervision import ChildSpec
from webapp.tls_errors import NginxMissingError
from webapp.web_options import LARGEST_REQUEST_BYTES

FRONT: Final = "front"
LOCAL: Final = "127.0.0.1"
WORKERS: Final = 2
SYSTEM_PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"
FOLDERS: Final = ("body", "proxy", "fastcgi", "uwsgi", "scgi")

# Shown while the pages start again; it asks by itself.
AWAY: Final = """\
<!doctype html><html lang="zh"><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width"><title>Riskatlas</title>
<p>系统正在重新启动，本页会自动重试。</p>
<p lang="en">Starting again; this page retries by itself.</p>
"""

CONFIGURATION: Final = """\
daemon off;
{user}pid "{run}/nginx.pid";
error_log stderr warn;
worker_processes {workers};
worker_rlimit_nofile {files};
events {{ worker_connections {connections}; }}
http {{
  access_log off;
  server_tokens off;
  client_max_body_size {largest_bytes};
  client_header_timeout 20s;
  client_body_timeout 30s;
  send_timeout 60s;
  client_body_temp_path "{run}/body";
  proxy_temp_path "{run}/proxy";
  fastcgi_temp_path "{run}/fastcgi";
  uwsgi_temp_path "{run}/uwsgi";
  scgi_temp_path "{run}/scgi";
  ssl_certificate "{server}";
  ssl_certificate_key "{server_key}";
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_cache shared:tls:4m;
  ssl_session_timeout 1d;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_read_timeout 120s;
  upstream pages {{ server {local}:{web_port}; keepalive 16; }}
  upstream machines {{ server {local}:{live_port}; keepalive 16; }}
  server {{
    listen {listen} ssl http2;
    # Whoever types http:// at this port is led on.
    error_page 497 =307 https://$http_host$request_uri;
    location / {{ proxy_pass http://pages; }}
    location = /live {{ proxy_pass http://machines; proxy_buffering off; }}
    location ~ ^/(tiles/|features/|identify/|generation$|live/) {{ proxy_pass http://machines; }}
    # A screen's address is its key: what nginx says of a failed request would quote it.
    location /display/ {{ proxy_pass http://machines; error_log /dev/null; }}
    error_page 502 504 =503 /away.html;
    location = /away.html {{ internal; root "{run}"; add_header Retry-After 5 always; }}
    error_page 413 /too_large.json;
    location = /too_large.json {{
      internal;
      root "{run}";
      types {{}}
      default_type application/json;
      add_header Cache-Control no-store always;
      add_header X-Content-Type-Options nosniff always;
    }}
    location = /ca.crt {{
      alias "{authority}";
      types {{}}
      default_type application/x-x509-ca-cert;
    }}
  }}
}}
"""


def tls_folder(settings: Settings) -> Path:
    """
    Say where certificates are kept.

    Parameters
    ----------
    settings
        The deployment.

    Returns
    -------
    Path
        A folder of its home.
    """
    return settings.home / "tls"


def configuration(
    settings: Settings, certificates: Certificates, port: int, run: Path, *, user: str | None = None
) -> str:
    """
    Write what nginx is told.

    Parameters
    ----------
    settings
        The deployment; its host is where the front listens.
    certificates
        What the front shows.
    port
        Port of the front.
    run
        Folder of what nginx keeps while it runs.
    user
        System user of its workers where it is root; None for ``nobody``.

    Returns
    -------
    str
        Text of its configuration file.
    """
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    worker = f"user {user or 'nobody nogroup'};\n" if os.geteuid() == 0 else ""
    return CONFIGURATION.format(
        run=run, user=worker, workers=WORKERS, files=files, connections=files // 2,
        largest_bytes=LARGEST_REQUEST_BYTES, local=LOCAL, listen=f"{host}:{port}",
        web_port=settings.port, live_port=settings.port + 1,
        server=certificates.server, server_key=certificates.server_key,
        authority=certificates.authority,
    )  # fmt: skip


@dataclass(frozen=True)
class Front:
    """
    The door that people come in by.

    Attributes
    ----------
    settings
        The deployment; its host is where the front listens.
    port
        Its port.
    certificates
        What it shows.
    nginx
        The program.
    """

    settings: Settings
    port: int
    certificates: Certificates
    nginx: str

    @classmethod
    def of(cls, settings: Settings, port: int) -> "Front":
        """
        Find what a front needs.

        Parameters
        ----------
        settings
            The deployment.
        port
            Port to listen on.

        Returns
        -------
        Front
            Not yet open.

        Raises
        ------
        NginxMissingError
            If nginx is not installed.
        CertificateMissingError
            If no certificate was made.
        """
        nginx = shutil.which("nginx", path=_path())
        if nginx is None:
            raise NginxMissingError
        return cls(settings, port, read(tls_folder(settings)), nginx)

    @property
    def address(self) -> str:
        """
        Return where people reach the pages.

        Returns
        -------
        str
            The https address of the settings, else the first host of the certificate and the port.
        """
        host = self.certificates.hosts[0]
        named = f"[{host}]" if ":" in host else host
        given = self.settings.address
        return given if given and given.startswith("https:") else f"https://{named}:{self.port}"

    def inner(self) -> Settings:
        """
        Say how the processes behind are set.

        Returns
        -------
        Settings
            They listen on this machine alone, believe the front, and know the https address.
        """
        return replace(self.settings, host=LOCAL, address=self.address, trusted_proxy=LOCAL)

    def is_open(self) -> bool:
        """
        Tell whether it can be reached.

        Returns
        -------
        bool
            True where its port takes a connection.
        """
        host = {"0.0.0.0": LOCAL, "::": "::1"}.get(self.settings.host, self.settings.host)  # noqa: S104  (asked, not bound)
        try:
            with socket.create_connection((host, self.port), timeout=5):
                return True
        except OSError:
            return False

    def spec(self, user: str | None) -> ChildSpec:
        """
        Describe nginx as a child, and lay out what it reads.

        Parameters
        ----------
        user
            System user that its workers run as where it is root, which keeps the key to itself and
            may take port 443; None for ``nobody``.

        Returns
        -------
        ChildSpec
            The child; it ends with the process that started it, however that one ends.
        """
        run = tls_folder(self.settings) / f"run-{self.port}"
        for each in (run, *(run / name for name in FOLDERS)):
            each.mkdir(exist_ok=True)
        # The workers pass through; what is theirs inside, nginx gives them.
        run.chmod(0o711)
        file = run / "nginx.conf"
        told = configuration(self.settings, self.certificates, self.port, run, user=user)
        file.write_text(told, encoding="utf-8")
        for name, said in (("away.html", AWAY.encode()), ("too_large.json", too_large())):
            (run / name).write_bytes(said)
            (run / name).chmod(0o644)
        return ChildSpec(
            name=FRONT,
            # nginx watches no pipe: the system ends it with its parent.
            command=("setpriv", "--pdeathsig", "TERM", self.nginx, "-e", "stderr", "-c", str(file)),
            environment={"PATH": _path()},
            folder=Path("/"),
            leads_group=True,
        )


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}"
