# syntax=docker/dockerfile:1
# One image for every process of the site; the command says which: docker run IMAGE web | feed | deliver | migrate | backup

# Scripts that pages load as they are, and those that are made into one module for them.
FROM node:22-slim AS scripts
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY bundles bundles
RUN npm run --silent bundles

# What runs, each file checked against its hash; and static files, named after their content.
FROM python:3.13-slim AS built
ENV PATH=/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /venv && pip install --require-hashes -r requirements.txt
COPY manage.py pyproject.toml ./
COPY exchange exchange
COPY accounts accounts
COPY snapshots snapshots
COPY alerts alerts
COPY monitoring monitoring
COPY dashboard dashboard
COPY templates templates
COPY static static
COPY --from=scripts /app/node_modules/lightweight-charts node_modules/lightweight-charts
COPY --from=scripts /app/node_modules/.bundles node_modules/.bundles
RUN VAR_DIR=/tmp/var python manage.py collectstatic --noinput --verbosity 0 && python -m compileall -q .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Hyperliquid dashboard" org.opencontainers.image.licenses="MIT"
# A volume that is mounted there takes over to whom it belongs.
RUN install -d -m 0700 -o 10001 -g 10001 /var/lib/dashboard /var/lib/dashboard/backups
COPY --from=built /venv /venv
COPY --from=built /app /app
WORKDIR /app
# Code belongs to root and the process does not: it writes to VAR_DIR and /tmp alone, so the rest may be read-only.
USER 10001:10001
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    ENVIRONMENT=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    VAR_DIR=/var/lib/dashboard
EXPOSE 8000
STOPSIGNAL SIGTERM
# For `web`; the others have no address that could be asked (docker-compose.yml).
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s --retries=3 \
    CMD ["python", "-m", "monitoring.ask_health", "ready"]
ENTRYPOINT ["python", "manage.py"]
CMD ["web"]
